// What Linux knows of processes and users.
#pragma once

#include <cstdint>
#include <string>

namespace chorus::cli {

// Stopped by a signal or a debugger. False if Linux does not tell.
bool is_stopped(std::uint32_t pid);

// The process runs a program that does not use libchorus, and has run long enough to have loaded it. False if Linux
// does not tell.
bool runs_foreign_program(std::uint32_t pid);

// Empty if the user has no name.
std::string user_name(std::uint32_t uid);

}  // namespace chorus::cli
