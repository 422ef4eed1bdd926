// What a program of this folder offers to be counted. A profiler counts what runs inside the functions of the namespace
// `chorus::test::counted`, and nothing else. They must not be inlined, and none may call another.
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace chorus::test {

// `once` makes the call and leaves everything as it was.
struct CountedCall {
    const char *name;
    std::function<void()> once;
};

// Calls that share a preparation, which is not counted.
struct CountedGroup {
    const char *name;
    std::vector<CountedCall> (*prepare)();
};

// Each program defines this function.
std::span<const CountedGroup> counted_groups();

}  // namespace chorus::test
