// PROGRAM GROUP TIMES [CALL]...: prepares a group of calls, and then makes each call TIMES times (all calls of the
// group if none is named), in a separate process that begins with the state after the preparation. Prints "CALL PID"
// for each. Under `valgrind --tool=callgrind --toggle-collect='*counted::*'` the profile of such a process contains
// only the instructions of its calls. tests/instructions/instructions_test.sh does that.
//
// PROGRAM --build: prints the compiler and the kind of build, on which the number of instructions depends.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "instructions/counted.hpp"

namespace {

using namespace chorus::test;

// The calls with these names, or all calls if there are no names; fewer than names if one is unknown.
std::vector<CountedCall> calls_named(std::vector<CountedCall> calls, const std::vector<std::string> &names) {
    if (!names.empty())
        std::erase_if(calls, [&](const CountedCall &call) {
            return std::find(names.begin(), names.end(), call.name) == names.end();
        });
    return calls;
}

// Whether the process that made the calls succeeded.
bool make(const CountedCall &call, int times) {
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < times; ++i)
            call.once();
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return false;
    std::printf("%s %d\n", call.name, static_cast<int>(pid));
    return true;
}

int usage() {
    std::string groups;
    for (const CountedGroup &group : counted_groups())
        groups += (groups.empty() ? "" : "|") + std::string(group.name);
    std::fprintf(stderr, "usage: %s %s TIMES [CALL]... | --build\n", program_invocation_short_name, groups.c_str());
    return 2;
}

}  // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"--build"}) return std::puts(CHORUS_BUILD) < 0;
    if (arguments.size() < 2) return usage();
    const auto groups = counted_groups();
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const CountedGroup &known) { return known.name == arguments[0]; });
    const int times = std::atoi(arguments[1].c_str());
    if (group == groups.end() || times < 1) return usage();
    const std::vector<std::string> names(arguments.begin() + 2, arguments.end());
    const std::vector<CountedCall> calls = calls_named(group->prepare(), names);
    if (calls.size() < names.size()) return usage();
    for (const CountedCall &call : calls)
        if (!make(call, times)) return 1;
    return 0;
}
