// The command line of `chorus-sim`.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "explore/commands.hpp"
#include "random/command.hpp"
#include "run/runner.hpp"

namespace chorus::sim {

enum class Command { run, explore, replay, random, help, verbs };

struct CommandLine {
    Command command{};
    // Of run.
    std::vector<std::string> files;
    RunOptions run;
    // Of the others.
    ExploreCommand explore;
    ReplayCommand replay;
    RandomCommand random;
    std::string verb;  // of help
};

// Returns the exit status if the program is to end at once: 0 after a help text that was asked for, 2 after an error,
// which `errors` explains. Otherwise returns nothing, and `command_line` says what to do.
std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors);

}  // namespace chorus::sim
