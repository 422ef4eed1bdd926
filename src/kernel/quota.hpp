// What actors and users have, and what they may have at most.
#pragma once

#include "kernel/action.hpp"
#include "kernel/state.hpp"
#include "kernel/status.hpp"

namespace chorus::kernel {

// no_memory where the action would give an actor, or all actors of its user, more than their quotas allow.
Status check_quotas(const State &state, const Action &action);

// The actor of whose user's usage an action may change: what it has is counted before the action and after it.
std::optional<ActorId> used_by(const Action &action);
struct Counted {
    std::uint32_t uid = 0;
    Usage usage;
};
std::optional<Counted> counted(const State &state, ActorId actor);  // nullopt where there is no such actor
void change_usage(State &state, const std::optional<Counted> &before, const std::optional<Counted> &after);

// Usage of all users, counted anew.
std::map<std::uint32_t, Usage> count_usage(const State &state);

}  // namespace chorus::kernel
