// chorus-bench-resources: what a kernel takes that nobody asks anything: memory, and processor time. [SECONDS idle]
#include <chorus.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "crowd_client.hpp"
#include "measure.hpp"
#include "site.hpp"

namespace chorus::bench {
namespace {

// Of /proc/PID/status.
long value_of(pid_t pid, const std::string &name) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ":")) return std::atol(line.c_str() + name.size() + 1);
    must(false, "reading /proc");
    return 0;
}

// The kernel and its keeper.
std::vector<pid_t> processes_of(const Site &site) {
    std::vector<pid_t> pids{site.pid()};
    const std::string number = std::to_string(site.pid());
    std::ifstream children("/proc/" + number + "/task/" + number + "/children");
    for (pid_t child; children >> child;)
        pids.push_back(child);
    must(pids.size() == 2, "a kernel and its keeper");
    return pids;
}

long sum_of(const Site &site, const std::string &name) {
    long sum = 0;
    for (const pid_t pid : processes_of(site))
        sum += value_of(pid, name);
    return sum;
}

void print_memory(const Site &site, const char *when) {
    std::printf("resident memory of kernel and keeper, %-18s %5.1f MiB\n", when,
                static_cast<double>(sum_of(site, "VmRSS")) / 1024);
}

long wake_ups(const Site &site) {
    return sum_of(site, "voluntary_ctxt_switches") + sum_of(site, "nonvoluntary_ctxt_switches");
}

}  // namespace
}  // namespace chorus::bench

int main(int argc, char **argv) {
    using namespace chorus::bench;
    const unsigned seconds = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 10;
    const Site site(Child::anywhere);
    setenv("CHORUS_SITE", site.name().c_str(), 1);
    Crowd few(100);
    few.time_calls();
    sleep(1);  // until what polls has stopped
    print_memory(site, "idle");
    const long before = wake_ups(site);
    sleep(seconds);
    std::printf("wake-ups of kernel and keeper in %u s, idle %20ld\n", seconds, wake_ups(site) - before);
    const Crowd many(100'000, 1'000);
    print_memory(site, "100,000 regions");
}
