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

// A refusal, the answer to a question (nothing is to change), or an action.
using Decision = std::variant<Status, Outcome, Action>;

Decision decide(const State &state, const Caller &caller, const Call &call);

}  // namespace chorus::kernel
