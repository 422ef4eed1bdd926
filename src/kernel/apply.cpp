#include "kernel/apply.hpp"

#include <algorithm>
#include <functional>

#include "kernel/ensure.hpp"
#include "kernel/quota.hpp"

namespace chorus::kernel {

namespace {

struct Applier {
    State &state;
    Effects effects{};
    std::vector<SegmentPart> uncovered{};

    Actor &actor_of(ActorId id) {
        const auto it = state.actors.find(id);
        ensure(it != state.actors.end(), "an action names a live actor");
        return it->second;
    }

    void emit(effect::Order order) { effects.others.emplace_back(order); }

    // ---- Segments: who covers what.

    void create_segment(const NewSegment &wanted) {
        state.segments.emplace(wanted.segment, SegmentRecord{.size_bytes = wanted.size_bytes});
        state.next_segment = std::max(state.next_segment, static_cast<std::uint64_t>(wanted.segment) + 1);
    }

    void cover(const Region &region) {
        if (region.backed()) state.segments.at(region.segment).coverage.add(region.part());
    }

    void uncover(const Region &region) {
        if (!region.backed()) return;
        const auto it = state.segments.find(region.segment);
        for (const Range &part : it->second.coverage.remove(region.part()))
            uncovered.push_back({region.segment, part});
        if (!it->second.coverage.empty()) return;
        if (it->second.physical_start) state.physical.erase(*it->second.physical_start);
        state.segments.erase(it);
    }

    // Memory that nobody maps any more goes last: as a whole, or what of it was uncovered.
    void release() {
        if (uncovered.size() > 1)
            std::stable_sort(uncovered.begin(), uncovered.end(), [](const SegmentPart &one, const SegmentPart &other) {
                return one.segment < other.segment;
            });
        SegmentId released{};
        for (const SegmentPart &part : uncovered) {
            if (state.segments.contains(part.segment)) {
                effects.others.push_back(effect::ReleasePages{part});
            } else if (part.segment != released) {
                effects.others.push_back(effect::ReleaseSegment{part.segment});
                released = part.segment;
            }
        }
    }

    void place(AddressSpace &regions, const Region &region) {
        regions.place(region);
        cover(region);
    }

    // ---- Changes of spaces: the states of docs/address-spaces.md.

    // The processes that map a space, or will once they have begun; but for one, where one is to be left out.
    std::vector<ActorId> members_of(ActorId space, std::optional<ActorId> but) const {
        std::vector<ActorId> members;
        if (space != ActorId{}) {
            if (space != but && state.actors.at(space).phase != Phase::created) members.push_back(space);
            return members;
        }
        for (const auto &[id, actor] : state.actors)
            if (id != but && actor.privilege == Privilege::supervisor && actor.phase == Phase::running)
                members.push_back(id);
        return members;
    }

    // Tells members to follow; `change` is 0 where nobody waits for them.
    void order(const std::vector<ActorId> &members, const std::vector<Range> &ranges, FollowBy how,
               std::uint64_t change, const std::optional<Region> &first) {
        for (const ActorId member : members)
            for (const Range &range : ranges)
                emit({.member = member,
                      .turn = ++actor_of(member).turn,
                      .change = change,
                      .follow_by = how,
                      .range = range,
                      .first = first});
    }

    // What it takes to undo a change.
    static void remember(const action::ChangeSpace &action, const AddressSpace &regions, Change &change) {
        change.ranges = action.ranges;
        change.follow_by = action.follow_by;
        for (const Range &range : action.remove)
            for (const Region &whole : regions.around(range))
                if (change.before.empty() || change.before.back().range.start < whole.range.start)
                    change.before.push_back(whole);
        for (const Region &region : action.place)
            change.made.push_back(region.range);
    }

    void operator()(const action::ChangeSpace &action) {
        for (const NewSegment &segment : action.segments)
            create_segment(segment);
        Space &space = state.space_of(action.space);
        // Where there is nothing to follow, a caller that maps by itself has nothing to map.
        const std::optional<ActorId> mapping_caller = action.ranges.empty() ? std::nullopt : action.mapping_caller;
        const std::uint64_t number = state.next_change++;
        const std::uint64_t turn = mapping_caller ? ++actor_of(*mapping_caller).turn : 0;
        std::optional<Region> mapping;
        if (!action.place.empty()) mapping = action.place.front();
        const std::vector<ActorId> others = members_of(action.space, action.mapping_caller);
        if (others.empty() || action.ranges.empty()) {
            give_back(carry_out(action, space.regions));
            effects.reply.turn = turn;
            effects.reply.mapping = mapping;
            return;
        }
        Change change;
        change.number = number;
        remember(action, space.regions, change);
        change.given_up = carry_out(action, space.regions);
        change.mapping_caller = mapping_caller;
        change.turn = turn;
        change.mapping = mapping;
        std::optional<Region> first;
        const auto backed = std::find_if(action.place.begin(), action.place.end(), std::mem_fn(&Region::backed));
        const bool one_range = action.follow_by == FollowBy::map && action.ranges.size() == 1;
        if (one_range && backed != action.place.end()) first = *backed;
        order(others, action.ranges, action.follow_by, change.number, first);
        for (const ActorId member : others)
            change.members[member] = static_cast<std::uint32_t>(action.ranges.size());
        effects.change = change.number;
        state.changes.emplace(change.number, action.space);
        space.change = std::move(change);
    }

    // Changes the space. Returns what it has no more.
    std::vector<Region> carry_out(const action::ChangeSpace &action, AddressSpace &regions) {
        std::vector<Region> given_up;
        for (const Range &range : action.remove) {
            std::vector<Region> removed = regions.remove(range);
            if (given_up.empty())
                given_up = std::move(removed);
            else
                given_up.insert(given_up.end(), removed.begin(), removed.end());
        }
        for (const Region &region : action.place)
            place(regions, region);
        if (action.merge)
            for (const Range &range : action.remove)
                regions.merge(range);
        return given_up;
    }

    void give_back(const std::vector<Region> &given_up) {
        for (const Region &part : given_up)
            uncover(part);
    }

    // What a change gave up is given back, and its caller is told.
    void finish(const Change &change, Status status) {
        give_back(change.given_up);
        Outcome outcome{.status = status, .turn = change.turn};
        if (status == Status::ok) outcome.mapping = change.mapping;
        state.changes.erase(change.number);
        effects.others.push_back(effect::AnswerChange{change.number, std::move(outcome)});
    }

    bool owner_is_dead(const Region &region) const {
        return region.owner != ActorId{} && !state.actors.contains(region.owner);
    }

    void settle_if_followed(Space &space) {
        const auto &members = space.change->members;
        if (std::any_of(members.begin(), members.end(), [](const auto &member) { return member.second > 0; })) return;
        const Change change = std::move(*space.change);
        space.change.reset();
        // What was to be mapped may have gone with its owner.
        const bool gone = change.follow_by == FollowBy::map && change.mapping && owner_is_dead(*change.mapping);
        finish(change, gone ? Status::unknown_actor : Status::ok);
    }

    void operator()(const action::ClaimChange &action) {
        Space &space = state.space_of(action.space);
        space.change->ready.insert(action.member);
        agree_if_ready(*space.change);
    }

    // From now on the change is carried out.
    void agree_if_ready(Change &change) {
        if (change.follow_by == FollowBy::map || change.agreed || change.ready.size() < change.members.size()) return;
        change.agreed = true;
        for (const ActorId member : change.ready)
            effects.others.push_back(effect::Verdict{member, true});
    }

    void operator()(const action::AcknowledgeChange &action) {
        Space &space = state.space_of(action.space);
        auto &left = space.change->members.at(action.member);
        if (left > 0) --left;
        settle_if_followed(space);
    }

    void operator()(const action::UndoChange &action) {
        Space &space = state.space_of(action.space);
        Change change = std::move(*space.change);
        space.change.reset();
        // What the change has made, and what is left around it of what was there.
        std::vector<Region> made;
        std::vector<Range> touched = change.made;
        for (const Region &region : change.before)
            touched.push_back(region.range);
        for (const Range &range : touched)
            for (const Region &region : space.regions.remove(range))
                made.push_back(region);
        bool all_back = true;
        for (const Region &region : change.before)
            if (owner_is_dead(region))
                all_back = false;
            else
                place(space.regions, region);
        for (const Region &region : made)
            uncover(region);
        drop_locks_of_nothing(action.space);
        for (const ActorId member : change.ready)
            effects.others.push_back(effect::Verdict{member, false});
        // All members: one that has begun meanwhile found the change in the table, and so did one, the caller too, that
        // still had turns before it. One that refused has changed nothing, which is right unless an owner has died.
        const bool left_out = all_back && change.ranges.size() == 1;
        const std::vector<ActorId> members = members_of(action.space, left_out ? action.refused_by : std::nullopt);
        const bool mapped = change.follow_by == FollowBy::map;
        order(members, change.ranges, mapped ? FollowBy::unmap : FollowBy::renew, 0, std::nullopt);
        finish(change, action.why);
    }

    void operator()(const action::SetAttributes &action) {
        AddressSpace &regions = state.space_of(action.space).regions;
        regions.remove(action.range);
        for (const Region &region : action.regions)
            regions.place(region);
        regions.merge(action.range);
    }

    // ---- Actors.

    void operator()(const action::CreateActor &create) {
        Actor actor;
        actor.capability = {state.unique_id(create.actor), create.key};
        actor.parent = create.parent;
        actor.name = create.name;
        actor.uid = actor.process_uid = create.uid;
        actor.privilege = create.privilege;
        actor.phase = create.phase;
        actor.stopped = create.stopped;
        actor.protection = create.protection;
        actor.space.regions = AddressSpace(state.config.user_windows());
        if (create.forked_from != ActorId{}) fork(create, actor);
        effects.reply.actor = create.actor;
        effects.reply.capability = actor.capability;
        effects.reply.privilege = actor.privilege;
        state.actors.emplace(create.actor, std::move(actor));
        state.next_actor = static_cast<std::uint32_t>(create.actor) + 1;
    }

    void fork(const action::CreateActor &create, Actor &child) {
        Actor &parent = actor_of(create.forked_from);
        child.credentials = parent.credentials;
        child.space.regions = parent.space.regions;
        for (const NewSegment &segment : create.segments)
            create_segment(segment);
        for (const Region &copy : create.copies) {
            child.space.regions.remove(copy.range);
            child.space.regions.place(copy);
        }
        for (const auto &[start, region] : child.space.regions.regions())
            cover(region);
        effects.reply.turn = ++parent.turn;
    }

    void operator()(const action::BeginActor &begin) {
        Actor &actor = actor_of(begin.actor);
        actor.phase = Phase::running;
        actor.uid = actor.process_uid = begin.uid;
        effects.reply.actor = begin.actor;
        effects.reply.capability = actor.capability;
        effects.reply.privilege = actor.privilege;
    }

    void operator()(const action::ExcludeRange &exclude) {
        actor_of(exclude.actor).space.regions.exclude(exclude.range);
    }

    void operator()(const action::SetPrivilege &set) {
        Actor &actor = actor_of(set.actor);
        effects.reply.privilege = actor.privilege;
        actor.privilege = set.privilege;
    }

    void operator()(const action::RenameActor &rename) {
        Actor &actor = actor_of(rename.actor);
        effects.reply.name = actor.name;
        actor.name = rename.name;
    }

    void operator()(const action::SetQuotas &set) { state.quotas = set.quotas; }

    void operator()(const action::SetStopped &set) {
        actor_of(set.actor).stopped = set.stopped;
        effects.others.push_back(effect::SignalActor{set.actor, set.stopped});
    }

    void operator()(const action::SetProtection &set) {
        Actor &actor = actor_of(set.actor);
        effects.reply.protection = actor.protection;
        actor.protection = set.protection;
    }

    void operator()(const action::SetCredentials &set) {
        Actor &actor = actor_of(set.actor);
        effects.reply.credentials_of = set.actor;
        effects.reply.credentials = actor.credentials;
        actor.credentials = set.credentials;
        actor.uid = set.credentials.uid;
    }

    void operator()(const action::EndActor &end) {
        Actor &actor = actor_of(end.actor);
        for (const auto &[start, region] : actor.space.regions.regions())
            uncover(region);
        if (actor.space.change) finish(*actor.space.change, Status::unknown_actor);
        std::erase_if(state.locks,
                      [&](const Lock &lock) { return lock.owner == end.actor || lock.space == end.actor; });
        const auto parent = state.actors.find(actor.parent);
        if (parent != state.actors.end() && end.cause != EndCause::itself)
            parent->second.ended_children.emplace(end.actor, end.cause);
        state.actors.erase(end.actor);
        leave_supervisor_space(end.actor);
        effects.others.push_back(effect::EndProcess{end.actor, end.cause});
    }

    // Locks on pages that are gone.
    void drop_locks_of_nothing(ActorId space) {
        const AddressSpace &regions = state.space_of(space).regions;
        std::erase_if(state.locks, [&](const Lock &lock) {
            return lock.space == space && !regions.within_without_hole(lock.range);
        });
    }

    // What an actor owned there goes, and locks on it; a change waits for it no longer.
    void leave_supervisor_space(ActorId ended) {
        Space &space = state.supervisor_space;
        std::vector<Range> owned;
        for (const auto &[start, region] : space.regions.regions())
            if (region.owner == ended) owned.push_back(region.range);
        for (const Range &range : owned)
            for (const Region &region : space.regions.remove(range))
                uncover(region);
        drop_locks_of_nothing(ActorId{});
        if (!owned.empty()) order(members_of(ActorId{}, std::nullopt), owned, FollowBy::unmap, 0, std::nullopt);
        if (!space.change || space.change->members.erase(ended) == 0) return;
        space.change->ready.erase(ended);
        agree_if_ready(*space.change);
        settle_if_followed(space);
    }

    void operator()(const action::ForgetChild &forget) {
        auto &ended = actor_of(forget.parent).ended_children;
        const auto it = ended.find(forget.child);
        ensure(it != ended.end(), "a child to forget is remembered");
        effects.reply.end_cause = it->second;
        ended.erase(it);
    }

    // ---- Memory.

    void operator()(const action::LockRange &action) { state.locks.push_back(action.lock); }

    void operator()(const action::UnlockRange &action) {
        const auto it = std::find(state.locks.begin(), state.locks.end(), action.lock);
        ensure(it != state.locks.end(), "what is unlocked was locked");
        state.locks.erase(it);
    }

    void operator()(const action::GivePhysical &action) {
        SegmentRecord &segment = state.segments.at(action.segment);
        segment.physical_start = state.next_physical;
        state.physical.emplace(state.next_physical, action.segment);
        state.next_physical += segment.size_bytes;
        effects.reply.physical = *segment.physical_start + action.offset;
    }

    void operator()(const action::ChangeMarks &action) { state.marks = action.marks; }
};

}  // namespace

Effects apply(State &state, const Action &action) {
    Applier applier{state};
    const std::optional<ActorId> user = used_by(action);
    const auto before = user ? counted(state, *user) : std::nullopt;
    std::visit(applier, action);
    if (user) change_usage(state, before, counted(state, *user));
    applier.release();
    return std::move(applier.effects);
}

}  // namespace chorus::kernel
