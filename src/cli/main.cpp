// chorus: starts actors and looks into the kernel.
#include <cstdio>
#include <iostream>

#include "cli/command_line.hpp"
#include "client/console.hpp"

namespace {

using namespace chorus::cli;

int perform(const CommandLine &command_line) {
    switch (command_line.command) {
        case Command::run:
            return run(command_line.program);
        case Command::ps:
            print_actors(command_line.options);
            break;
        case Command::regions:
            print_regions(command_line.options, command_line.actor);
            break;
        case Command::waits:
            print_waits(command_line.options);
            break;
        case Command::quota:
            quotas(command_line.options, command_line.quota);
            break;
        case Command::kill:
            kill_actor(command_line.options, command_line.actor);
            break;
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CommandLine command_line;
    if (const auto status = read_command_line(argc, argv, command_line, std::cout, std::cerr)) return *status;
    try {
        return perform(command_line);
    } catch (const chorus::client::Problem &problem) {
        std::fprintf(stderr, "chorus: %s\n", problem.text.c_str());
        return 1;
    }
}
