// What a fuzz target holds of the code under test.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace chorus::fuzz {

// Ends the program where it does not hold: that is a finding.
inline void require(bool holds, const char *claim) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: this does not hold: %s\n", claim);
    std::abort();
}

}  // namespace chorus::fuzz
