// chorus-kernel-calls SITE TIMES [CALL]...: makes a site, "small" or "large", and then each call so many times (all
// calls where none is named), in a process of its own that begins with the site as it was made. Prints "CALL PID" for
// each. Under `valgrind --tool=callgrind --toggle-collect='*counted_step*'` such a process leaves the instructions of
// its calls alone. tests/kernel/instructions_test.sh does that.
//
// chorus-kernel-calls --build: prints the compiler and the kind of build, on which the number of instructions depends.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernel/instructions/calls.hpp"

namespace {

using namespace chorus::test;

// Those calls, or all where no name is given; fewer than names where one is unknown.
std::vector<CountedCall> calls_named(const std::vector<std::string> &names) {
    std::vector<CountedCall> calls;
    for (const CountedCall &call : counted_calls())
        if (names.empty() || std::find(names.begin(), names.end(), call.name) != names.end()) calls.push_back(call);
    return calls;
}

// Whether the process that made the calls came to a good end.
bool make(const CountedCall &call, Site &site, int times) {
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < times; ++i)
            call.once(site);
        _exit(0);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) return false;
    std::printf("%s %d\n", call.name, static_cast<int>(pid));
    return true;
}

int usage() {
    std::fprintf(stderr, "usage: chorus-kernel-calls small|large TIMES [CALL]... | --build\n");
    return 2;
}

}  // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments == std::vector<std::string>{"--build"}) return std::puts(CHORUS_BUILD) < 0;
    if (arguments.size() < 2) return usage();
    const bool large = arguments[0] == "large";
    const int times = std::atoi(arguments[1].c_str());
    const std::vector<std::string> names(arguments.begin() + 2, arguments.end());
    const std::vector<CountedCall> calls = calls_named(names);
    if ((!large && arguments[0] != "small") || times < 1 || calls.size() < names.size()) return usage();
    Site site(large ? SiteSize{.actors = 1'000, .regions_per_actor = 100}
                    : SiteSize{.actors = 2, .regions_per_actor = 10});
    for (const CountedCall &call : calls)
        if (!make(call, site, times)) return 1;
    return 0;
}
