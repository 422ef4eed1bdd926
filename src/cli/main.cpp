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
            show_actors(command_line.options, command_line.tree);
            break;
        case Command::regions:
            show_regions(command_line.options, command_line.segments);
            break;
        case Command::waits:
            show_waits(command_line.options);
            break;
        case Command::quota:
            show_quotas(command_line.options, command_line.quota);
            break;
        case Command::kill:
            return kill_actors(command_line.options);
        case Command::sites:
            show_sites(command_line.options);
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
    } catch (const WrongUsage &wrong) {
        std::fprintf(stderr, "chorus: %s\nTry 'chorus %s --help'.\n", wrong.text.c_str(), command_line.name);
        return 2;
    }
}
