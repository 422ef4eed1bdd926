#include "kernel/quota.hpp"

#include <algorithm>

namespace chorus::kernel {

namespace {

Usage usage_of(const Actor &actor) {
    return {.regions = actor.space.regions.region_count(), .bytes = actor.space.regions.mapped_bytes(), .actors = 1};
}

Usage usage_of_user(const State &state, std::uint32_t uid) {
    const auto found = state.users.find(uid);
    return found == state.users.end() ? Usage{} : found->second;
}

// What changes where `before` becomes `after` is refused only as far as it becomes more.
bool exceeds(const Usage &before, const Usage &after, const Quota &quota) {
    const auto beyond = [](std::uint64_t had, std::uint64_t has, std::uint64_t most) {
        return has > had && has > most;
    };
    return beyond(before.regions, after.regions, quota.regions) || beyond(before.bytes, after.bytes, quota.bytes) ||
           beyond(before.actors, after.actors, quota.actors);
}

bool limits_memory(const Quota &quota) {
    return quota.regions != Quota::unlimited || quota.bytes != Quota::unlimited;
}

Usage sum(Usage of, const Usage &more) {
    of += more;
    return of;
}

std::uint64_t bytes_of(const std::vector<Region> &regions) {
    std::uint64_t bytes = 0;
    for (const Region &region : regions)
        if (region.backed()) bytes += region.range.size_bytes;
    return bytes;
}

// What is left in a space without a range: regions that are cut there count for each of their ends.
void take_off(Usage &usage, const AddressSpace &regions, const Range &range) {
    const std::vector<Region> parts = regions.within(range);
    usage.regions += regions.splits_at_ends(range);
    usage -= {.regions = parts.size(), .bytes = bytes_of(parts)};
}

std::uint64_t children_of(const State &state, ActorId parent) {
    return static_cast<std::uint64_t>(
        std::count_if(state.actors.begin(), state.actors.end(),
                      [parent](const auto &actor) { return actor.second.parent == parent; }));
}

struct Checker {
    const State &state;

    Status operator()(const action::ChangeSpace &change) const {
        return check(change.space, [&](const AddressSpace &regions, Usage &usage) {
            for (const Range &range : change.remove)
                take_off(usage, regions, range);
            usage += {.regions = change.place.size(), .bytes = bytes_of(change.place)};
        });
    }

    Status operator()(const action::SetAttributes &set) const {
        return check(set.space, [&](const AddressSpace &regions, Usage &usage) {
            take_off(usage, regions, set.range);
            usage += {.regions = set.regions.size(), .bytes = bytes_of(set.regions)};
        });
    }

    Status operator()(const action::CreateActor &create) const {
        Usage more{.actors = 1};
        if (create.forked_from != ActorId{}) more = usage_of(state.actors.at(create.forked_from));
        const Usage before = usage_of_user(state, create.uid);
        if (exceeds(before, sum(before, more), state.quotas.user)) return Status::no_memory;
        const std::uint64_t most = state.quotas.actor.actors;
        const bool limited = create.parent != ActorId{} && most != Quota::unlimited;
        return limited && children_of(state, create.parent) >= most ? Status::no_memory : Status::ok;
    }

    template <class Other>
    Status operator()(const Other &) const {
        return Status::ok;
    }

  private:
    // Where `become` makes an actor's usage that after the action. The supervisor space is nobody's.
    template <class Become>
    Status check(ActorId space, Become become) const {
        const auto &[of_actor, of_user] = state.quotas;
        if (space == ActorId{} || (!limits_memory(of_actor) && !limits_memory(of_user))) return Status::ok;
        const Actor &actor = state.actors.at(space);
        Usage before = usage_of(actor);
        before.actors = 0;
        Usage after = before;
        become(actor.space.regions, after);
        if (exceeds(before, after, of_actor)) return Status::no_memory;
        const Usage users_before = usage_of_user(state, actor.process_uid);
        Usage users_after = sum(users_before, after);
        users_after -= before;
        return exceeds(users_before, users_after, of_user) ? Status::no_memory : Status::ok;
    }
};

struct User {
    std::optional<ActorId> operator()(const action::ChangeSpace &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::UndoChange &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::SetAttributes &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::CreateActor &action) const { return action.actor; }
    std::optional<ActorId> operator()(const action::BeginActor &action) const { return action.actor; }
    std::optional<ActorId> operator()(const action::EndActor &action) const { return action.actor; }
    template <class Other>
    std::optional<ActorId> operator()(const Other &) const {
        return std::nullopt;
    }
};

}  // namespace

Status check_quotas(const State &state, const Action &action) {
    return std::visit(Checker{state}, action);
}

std::optional<ActorId> used_by(const Action &action) {
    return std::visit(User{}, action);
}

std::optional<Counted> counted(const State &state, ActorId id) {
    const Actor *actor = state.find_actor(id);
    if (actor == nullptr) return std::nullopt;
    return Counted{actor->process_uid, usage_of(*actor)};
}

void change_usage(State &state, const std::optional<Counted> &before, const std::optional<Counted> &after) {
    if (after) state.users[after->uid] += after->usage;
    if (!before) return;
    const auto user = state.users.find(before->uid);
    user->second -= before->usage;
    if (user->second == Usage{}) state.users.erase(user);
}

std::map<std::uint32_t, Usage> count_usage(const State &state) {
    std::map<std::uint32_t, Usage> users;
    for (const auto &[id, actor] : state.actors)
        users[actor.process_uid] += usage_of(actor);
    return users;
}

}  // namespace chorus::kernel
