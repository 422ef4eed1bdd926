// What always holds. Tests and the simulator ask after every apply.
#pragma once

#include <optional>
#include <string>

#include "kernel/state.hpp"

namespace chorus::kernel {

// The first broken invariant in words, or nothing.
std::optional<std::string> check(const State &state);

}  // namespace chorus::kernel
