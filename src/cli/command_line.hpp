// The command line of `chorus`.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <vector>

#include "cli/commands.hpp"

namespace chorus::cli {

enum class Command { run, ps, regions, waits, quota, kill, sites };

struct CommandLine {
    Command command{};
    const char *name = "";                // of the command
    RunOptions program;                   // run
    Options options;                      // all others
    bool tree = false;                    // ps
    std::vector<std::uint64_t> segments;  // regions; empty: all
    QuotaOptions quota;                   // quota
};

// Returns the exit status if the program is to end at once: help was asked for and is on `output`, or something is
// wrong and `errors` says what. Returns nothing if `command_line` says what to do.
std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors);

}  // namespace chorus::cli
