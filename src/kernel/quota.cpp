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

bool exceeds(const Usage &used, const Usage &more, const Quota &quota) {
    const auto beyond = [](std::uint64_t has, std::uint64_t asked, std::uint64_t most) {
        return asked > 0 && (has > most || asked > most - has);
    };
    return beyond(used.regions, more.regions, quota.regions) || beyond(used.bytes, more.bytes, quota.bytes) ||
           beyond(used.actors, more.actors, quota.actors);
}

std::uint64_t children_of(const State &state, ActorId parent) {
    return static_cast<std::uint64_t>(
        std::count_if(state.actors.begin(), state.actors.end(),
                      [parent](const auto &actor) { return actor.second.parent == parent; }));
}

struct Checker {
    const State &state;

    Status operator()(const action::ChangeSpace &change) const {
        // The supervisor space is nobody's; what replaces regions of a space takes no more than they did.
        if (change.space == ActorId{} || change.place.empty() || !change.remove.empty()) return Status::ok;
        const Actor &actor = state.actors.at(change.space);
        Usage more{.regions = change.place.size()};
        for (const Region &region : change.place)
            if (region.backed()) more.bytes += region.range.size_bytes;
        Usage own = usage_of(actor);
        own.actors = 0;
        const bool refused =
            exceeds(own, more, state.quotas.actor) || exceeds(usage_of_user(state, actor.uid), more, state.quotas.user);
        return refused ? Status::no_memory : Status::ok;
    }

    Status operator()(const action::CreateActor &create) const {
        Usage more{.actors = 1};
        if (create.forked_from != ActorId{}) more = usage_of(state.actors.at(create.forked_from));
        if (exceeds(usage_of_user(state, create.uid), more, state.quotas.user)) return Status::no_memory;
        const std::uint64_t most = state.quotas.actor.actors;
        const bool limited = create.parent != ActorId{} && most != Quota::unlimited;
        return limited && children_of(state, create.parent) >= most ? Status::no_memory : Status::ok;
    }

    template <class Other>
    Status operator()(const Other &) const {
        return Status::ok;
    }
};

struct User {
    std::optional<ActorId> operator()(const action::ChangeSpace &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::UndoChange &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::SetAttributes &action) const { return action.space; }
    std::optional<ActorId> operator()(const action::CreateActor &action) const { return action.actor; }
    std::optional<ActorId> operator()(const action::BeginActor &action) const { return action.actor; }
    std::optional<ActorId> operator()(const action::SetCredentials &action) const { return action.actor; }
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

void take_off_usage(State &state, ActorId id) {
    const Actor *actor = state.find_actor(id);
    if (actor == nullptr) return;
    const auto user = state.users.find(actor->uid);
    const Usage used = usage_of(*actor);
    user->second.regions -= used.regions;
    user->second.bytes -= used.bytes;
    user->second.actors -= used.actors;
    if (user->second == Usage{}) state.users.erase(user);
}

void add_usage(State &state, ActorId id) {
    const Actor *actor = state.find_actor(id);
    if (actor == nullptr) return;
    Usage &sum = state.users[actor->uid];
    const Usage used = usage_of(*actor);
    sum.regions += used.regions;
    sum.bytes += used.bytes;
    sum.actors += used.actors;
}

std::map<std::uint32_t, Usage> count_usage(const State &state) {
    std::map<std::uint32_t, Usage> users;
    for (const auto &[id, actor] : state.actors) {
        Usage &sum = users[actor.uid];
        const Usage used = usage_of(actor);
        sum.regions += used.regions;
        sum.bytes += used.bytes;
        sum.actors += used.actors;
    }
    return users;
}

}  // namespace chorus::kernel
