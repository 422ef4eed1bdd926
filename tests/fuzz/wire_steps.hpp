// What the input of fuzz-wire means: a row of steps of fixed size. A step is a request, or something that the world
// outside tells the kernel. Its bytes choose among what is there (actors, regions, changes under way), so that many
// calls succeed; any byte of the request can be set besides.
#pragma once

#include <cstddef>
#include <cstdint>

#include "site.hpp"

namespace chorus::fuzz {

// A number: what it is measured from, and how many pages from there.
struct Number {
    std::uint8_t base;
    std::int8_t pages;
};

struct Step {
    std::uint8_t sender;
    std::uint8_t call;
    std::uint8_t target, source;
    Number start, end, source_start;
    std::uint8_t size, source_size;
    std::uint8_t options[2];
    std::uint8_t actor;
    std::uint8_t value;
    std::uint8_t flags;
    std::uint8_t patch_at, patch;
};
static_assert(sizeof(Step) == 19);

void make(Site &site, const Step &step);

}  // namespace chorus::fuzz
