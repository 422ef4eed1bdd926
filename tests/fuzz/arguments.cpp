// Fuzzes the command lines: any words say what to do, or that the program is to end with a status and a text. The first
// byte chooses the program; each line behind it is a word.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "command_line.hpp"
#include "daemon/command_line.hpp"
#include "require.hpp"

namespace {

using chorus::fuzz::require;

void check(const chorus::cli::CommandLine &arguments) {
    using chorus::cli::Command;
    const bool runs = arguments.command == Command::run;
    require(runs == !arguments.program.words.empty(), "a program is run, and no other command has one");
    require(arguments.command != Command::kill || !arguments.options.actors.empty(), "somebody is killed");
    require(arguments.options.interval_s >= 0.01 && arguments.options.interval_s <= 86'400,
            "the interval is in its range");
}

void check(const chorus::daemon::CommandLine &) {}

void check(const chorus::sim::CommandLine &arguments) {
    using chorus::sim::Command;
    require((arguments.command == Command::run) == !arguments.files.empty(), "files are run");
    require(arguments.run.jobs >= 1 && arguments.run.jobs <= 256, "jobs are in their range");
    require(arguments.run.times >= 1 && arguments.run.times <= 1'000'000, "times are in their range");
    require(arguments.random.actors >= 1 && arguments.random.actors <= 12, "actors are in their range");
    require(arguments.random.steps >= 1 && arguments.random.steps <= 1'000'000, "steps are in their range");
    require(arguments.random.rounds >= 1 && arguments.random.rounds <= 1'000'000, "rounds are in their range");
    require(arguments.explore.options.bound.value_or(0) >= 0, "the bound is in its range");
}

template <class Arguments, class Read>
void try_words(const std::vector<const char *> &words, Read read) {
    Arguments arguments;
    std::ostringstream output, errors;
    const auto status = read(static_cast<int>(words.size()) - 1, words.data(), arguments, output, errors);
    if (!status) {
        require(output.str().empty() && errors.str().empty(), "what is right is not spoken of");
        return check(arguments);
    }
    require((*status == 0) == errors.str().empty(), "what is wrong is told on the error output");
    require((*status == 0) == !output.str().empty(), "help goes to the output");
}

// NUL ends a word as well.
std::vector<const char *> words_of(std::string &text) {
    std::vector<const char *> words{"program"};
    for (std::size_t at = 1; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        words.push_back(text.c_str() + at);
        text[end] = '\0';
        at = end + 1;
    }
    words.push_back(nullptr);
    return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size_bytes) {
    std::string text(reinterpret_cast<const char *>(data), size_bytes);
    const std::vector<const char *> words = words_of(text);
    switch (size_bytes == 0 ? 0 : data[0] % 3) {
        case 0:
            try_words<chorus::cli::CommandLine>(words, chorus::cli::read_command_line);
            break;
        case 1:
            try_words<chorus::sim::CommandLine>(words, chorus::sim::read_command_line);
            break;
        default:
            try_words<chorus::daemon::CommandLine>(words, chorus::daemon::read_command_line);
            break;
    }
    return 0;
}
