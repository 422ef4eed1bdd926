// The first step of every call: look, refuse or promise. Changes nothing. All checks are here, in the order of refusals
// of docs/calls/README.md.
#pragma once

#include <variant>

#include "kernel/action.hpp"
#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"
#include "kernel/status.hpp"

namespace chorus::kernel {

// The call has to wait: something else is under way in the space it would change, or others have locked pages there. To
// be decided again when anything has changed.
struct Postponed {
    ActorId space{};
};

// A refusal, the answer to a question (nothing is to change), an action, or none of them yet.
using Decision = std::variant<Status, Outcome, Action, Postponed>;

Decision decide(const State &state, const Caller &caller, const Call &call);

// Whom a call that waits in a space waits for: a member that has not followed the change under way there, else another
// actor that has locked pages there.
struct Awaited {
    ActorId actor{};  // 0: nobody
    bool locked = false;
};
Awaited awaited_in(const State &state, ActorId space, const Caller &caller);

}  // namespace chorus::kernel
