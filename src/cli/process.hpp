// What Linux knows of an actor's process.
#pragma once

#include <cstdint>

namespace chorus::cli {

// Stopped by a signal or a debugger. False if Linux does not tell.
bool is_stopped(std::uint32_t pid);

// The process runs a program that does not use libchorus, and has run long enough to have loaded it. False if Linux
// does not tell.
bool runs_foreign_program(std::uint32_t pid);

}  // namespace chorus::cli
