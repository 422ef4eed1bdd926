// What the system tells of a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "script/operation.hpp"

namespace chorus::sim {

// Its child that runs, other than `not_this`; waits for it to be there.
pid_t await_child_of(pid_t pid, pid_t not_this = -1);
// Waits until it is gone, whoever's child it is.
void await_end_of(pid_t pid);
// All its threads stand still, by a signal.
bool all_stopped(pid_t pid);
// It is gone, or a zombie.
bool has_ended(pid_t pid);
// Its first thread sleeps in the futex of that address.
bool asleep_in_futex(pid_t pid, std::uint64_t address);
// Its first thread sleeps until a child ends.
bool asleep_in_wait(pid_t pid);
// What it has mapped in the windows of regions.
std::vector<Row> mapped_by(pid_t pid);
// In order of address, with neighbours of the same protection as one.
std::vector<Row> joined(std::vector<Row> rows);

}  // namespace chorus::sim
