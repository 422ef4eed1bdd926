// The calls whose instructions are counted.
#pragma once

#include <span>

#include "kernel/instructions/site.hpp"

namespace chorus::test {

// One kind of call. `once` makes one somewhere in the site and leaves the site as it was.
struct CountedCall {
    const char *name;
    void (*once)(Site &site);
};

std::span<const CountedCall> counted_calls();

}  // namespace chorus::test
