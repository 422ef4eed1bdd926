// The one door for authority: every check of a capability passes through here, in the order of refusals.
#pragma once

#include <array>
#include <span>

#include "kernel/call.hpp"
#include "kernel/state.hpp"
#include "kernel/status.hpp"

namespace chorus::kernel {

// The actors that a call named, in the order of its arguments, if status is ok.
struct Authority {
    Status status = Status::ok;
    std::array<ActorId, 2> actors{};  // 0 where the supervisor space was named
    bool supervisor_space = false;    // it was
};

// At most two references. Refusals, each looked for in all references before the next: no such live actor
// (unknown_actor), another key (invalid), the supervisor space named by a user actor (not_privileged).
Authority authorize(const State &state, const Caller &caller, std::span<const ActorRef> references);

Privilege privilege_of(const State &state, const Caller &caller);

// The caller's user may start privileged actors.
bool may_grant_privilege(const State &state, const Caller &caller);
// The caller may kill an actor of that user.
bool may_kill(const State &state, const Caller &caller, const Actor &target);

}  // namespace chorus::kernel
