// The command line of `chorusd`.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace chorus::daemon {

struct CommandLine {
    std::string site = "default";
    std::vector<std::uint32_t> users, groups;  // that are let in, beside the kernel's own user and root
    bool strict = false;
    bool reload = false;          // have the running kernel replaced by this program
    int private_connection = -1;  // of the one program that the library has started this kernel for
    int control_file = -1;        // of the program in whose place this one is
};

// The exit status where the program is to end at once: help was asked for and is on `output`, or something is wrong and
// `errors` says what. Nothing where `command_line` says what to do.
std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors);

}  // namespace chorus::daemon
