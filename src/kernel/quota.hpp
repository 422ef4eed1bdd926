// What actors and users have, and what they may have at most.
#pragma once

#include "kernel/action.hpp"
#include "kernel/state.hpp"
#include "kernel/status.hpp"

namespace chorus::kernel {

// no_memory where the action would give an actor, or all actors of its user, more than their quotas allow.
Status check_quotas(const State &state, const Action &action);

// The actor of whose user's usage an action may change: what it had is taken off before the action, what it has is
// added after it.
std::optional<ActorId> used_by(const Action &action);
void take_off_usage(State &state, ActorId actor);
void add_usage(State &state, ActorId actor);

// Usage of all users, counted anew.
std::map<std::uint32_t, Usage> count_usage(const State &state);

}  // namespace chorus::kernel
