// A process as the system knows it, held by pidfd: safe against reuse of its pid.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/state.hpp"
#include "wire/descriptor.hpp"

namespace chorus::daemon {

// Empty (errno) where there is no such process.
wire::Descriptor open_process(std::uint32_t pid);
bool signal_process(const wire::Descriptor &process, int signal);
// The parent of a process, 0 where that cannot be told.
std::uint32_t parent_of(std::uint32_t pid);

// The user and groups that a process has now; user and group of this process where that cannot be told.
kernel::Credentials credentials_of(std::uint32_t pid);

// All that are open in this process.
std::vector<int> open_descriptors();

}  // namespace chorus::daemon
