// chorus-sim: scripts of what actors do, run, explored and replayed. docs/scenarios.md.
#include <cstdio>
#include <exception>
#include <iostream>

#include "command_line.hpp"
#include "script/text.hpp"

namespace {

using namespace chorus::sim;

int perform(const CommandLine &command_line) {
    switch (command_line.command) {
        case Command::run:
            return run_files(command_line.files, command_line.run);
        case Command::explore:
            return explore_file(command_line.explore);
        case Command::replay:
            return replay_file(command_line.replay);
        case Command::random:
            return run_random(command_line.random);
        case Command::help:
        case Command::verbs:
            break;  // printed with the command line
    }
    return 1;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        CommandLine command_line;
        if (const auto status = read_command_line(argc, argv, command_line, std::cout, std::cerr)) return *status;
        return perform(command_line);
    } catch (const ScriptErrors &errors) {
        std::fprintf(stderr, "%s\n", errors.what());  // each line begins with its place, for editors
        return 1;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "chorus-sim: %s\n", error.what());
        return 1;
    }
}
