// A new version of the program in the place of a running one: what the old one shows, and what the new one makes of it.
// docs/restart.md has the steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/tables.hpp"
#include "kernel/state.hpp"
#include "wire/descriptor.hpp"

namespace chorus::daemon {

// What a kernel is at this moment, for the program that is to follow it: without the keys of capabilities, since any
// program of its user may ask. Empty (errno) where the system has no memory for it.
wire::Descriptor show_kernel(const std::string &program, std::uint32_t number, kernel::State state, Tables tables);

// What this program understands of that.
struct Shown {
    std::string program;       // where it lies
    std::uint32_t number = 0;  // as in `Owner`
};
// Nothing where this program could not follow: *problem says why.
std::optional<Shown> read_shown(const char *start, std::size_t size_bytes, std::string *problem);

}  // namespace chorus::daemon
