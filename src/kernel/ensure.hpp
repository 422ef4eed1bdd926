// Ends the program where an invariant of our own is broken: never for what a caller can cause. On in every build.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace chorus::kernel {

inline void ensure(bool condition, const char *claim) {
    if (condition) return;
    std::fprintf(stderr, "chorus kernel: broken invariant: %s\n", claim);
    std::abort();
}

}  // namespace chorus::kernel
