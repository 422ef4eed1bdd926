#include "kernel/apply.hpp"

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

Actor &actor_of(State &state, ActorId id) {
    const auto it = state.actors.find(id);
    ensure(it != state.actors.end(), "an action names a live actor");
    return it->second;
}

void remove_regions(State &state, Actor &actor, const Range &range, Effects &effects) {
    const AddressSpace::Removal done = actor.space.remove(range);
    for (const Region &region : done.remaining)
        ++state.segments.at(region.segment).region_count;
    for (const Region &region : done.removed) {
        const auto segment = state.segments.find(region.segment);
        if (--segment->second.region_count > 0) continue;
        state.segments.erase(segment);
        effects.others.push_back(effect::ReleaseSegment{region.segment});
    }
}

struct Applier {
    State &state;
    Effects effects;

    void operator()(const action::CreateActor &create) {
        Actor actor;
        actor.capability = {state.unique_id(create.actor), create.key};
        actor.parent = create.parent;
        actor.name = create.name;
        actor.uid = create.uid;
        actor.privilege = create.privilege;
        actor.begun = create.begun;
        actor.space = AddressSpace(state.config.user_windows());
        effects.reply.actor = create.actor;
        effects.reply.capability = actor.capability;
        effects.reply.privilege = actor.privilege;
        state.actors.emplace(create.actor, std::move(actor));
        state.next_actor = static_cast<std::uint32_t>(create.actor) + 1;
    }

    void operator()(const action::BeginActor &begin) {
        Actor &actor = actor_of(state, begin.actor);
        actor.begun = true;
        actor.uid = begin.uid;
        effects.reply.actor = begin.actor;
        effects.reply.capability = actor.capability;
        effects.reply.privilege = actor.privilege;
    }

    void operator()(const action::ExcludeRange &exclude) {
        actor_of(state, exclude.actor).space.exclude(exclude.range);
    }

    void operator()(const action::SetPrivilege &set) {
        Actor &actor = actor_of(state, set.actor);
        effects.reply.privilege = actor.privilege;
        actor.privilege = set.privilege;
    }

    void operator()(const action::RenameActor &rename) {
        Actor &actor = actor_of(state, rename.actor);
        effects.reply.name = actor.name;
        actor.name = rename.name;
    }

    void operator()(const action::EndActor &end) {
        Actor &actor = actor_of(state, end.actor);
        for (const Range &window : state.config.user_windows())
            remove_regions(state, actor, window, effects);
        const auto parent = state.actors.find(actor.parent);
        if (parent != state.actors.end() && end.cause != EndCause::itself)
            parent->second.ended_children.emplace(end.actor, end.cause);
        state.actors.erase(end.actor);
        effects.others.push_back(effect::EndProcess{end.actor, end.cause});
    }

    void operator()(const action::ForgetChild &forget) {
        auto &ended = actor_of(state, forget.parent).ended_children;
        const auto it = ended.find(forget.child);
        ensure(it != ended.end(), "a child to forget is remembered");
        effects.reply.end_cause = it->second;
        ended.erase(it);
    }

    void operator()(const action::PlaceRegions &place) {
        if (place.segment) {
            state.segments.emplace(place.segment->segment, SegmentRecord{.size_bytes = place.segment->size_bytes});
            state.next_segment = static_cast<std::uint64_t>(place.segment->segment) + 1;
        }
        Actor &actor = actor_of(state, place.actor);
        for (const Region &region : place.regions) {
            actor.space.place(region);
            ++state.segments.at(region.segment).region_count;
        }
        effects.reply.mapping = place.regions.front();
    }

    void operator()(const action::RemoveRegions &remove) {
        Actor &actor = actor_of(state, remove.actor);
        for (const Range &range : remove.ranges)
            remove_regions(state, actor, range, effects);
    }
};

}  // namespace

Effects apply(State &state, const Action &action) {
    Applier applier{state, {}};
    std::visit(applier, action);
    return std::move(applier.effects);
}

}  // namespace chorus::kernel
