// The command line of `chorus`. It is read in command_line.cpp alone, since its library is slow to compile.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "cli/commands.hpp"

namespace chorus::cli {

enum class Command { run, ps, regions, waits, quota, kill };

struct CommandLine {
    Command command{};
    RunOptions program;       // of run
    Options options;          // of all others
    QuotaOptions quota;       // of quota
    std::uint32_t actor = 0;  // of regions, where 0 is all, and of kill
};

// The exit status where the program is to end at once: help was asked for and is on `output`, or something is wrong and
// `errors` says what. Nothing where `command_line` says what to do.
std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors);

}  // namespace chorus::cli
