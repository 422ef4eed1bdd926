// The step that changes the state. Cannot fail: everything it needs was decided and acquired before.
#pragma once

#include "kernel/action.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"

namespace chorus::kernel {

Effects apply(State &state, const Action &action);

}  // namespace chorus::kernel
