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

}  // namespace chorus::kernel
