// chorus-bench-first-byte: how long two fresh processes need until the second has read a byte that the first has
// written in memory that they share. [--rounds N]
//
// From just before the first is started. The servers run already. The contestants take turns, one sample each.
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "measure.hpp"
#include "site.hpp"

namespace chorus::bench {
namespace {

using Command = std::vector<std::string>;

pid_t start(const Command &command, int input, int output) {
    std::vector<char *> arguments;
    for (const std::string &word : command)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t pid = 0;
    must(posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) == 0, arguments[0]);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

// Starts them all at once. One of them writes on its standard output when it has read the byte; the standard input is
// closed when that is known. Returns 0 where one of them failed.
double time_to_byte_us(const std::vector<Command> &commands) {
    Pipe told, needed;
    std::vector<pid_t> processes;
    const double start_ns = now_ns();
    for (const Command &command : commands)
        processes.push_back(start(command, needed.from.get(), told.to.get()));
    told.to.reset();
    timespec at;
    bool well = read(told.from.get(), &at, sizeof at) == sizeof at;
    needed.to.reset();
    for (const pid_t process : processes) {
        int status;
        well &= waitpid(process, &status, 0) == process && status == 0;
    }
    return well ? (static_cast<double>(at.tv_sec) * 1e9 + static_cast<double>(at.tv_nsec) - start_ns) / 1000 : 0;
}

double by_hand_us() {
    const std::string memory = "/chorus-bench-first-byte-" + std::to_string(getpid());
    return time_to_byte_us({{CHORUS_BENCH_BY_HAND, "write", memory}, {CHORUS_BENCH_BY_HAND, "read", memory}});
}

// The server of iceoryx, with hardly any memory for samples. Programs wait for it by themselves.
class RouDi {
  public:
    RouDi() {
        for (const std::string &name : memory_)
            must(access(("/dev/shm" + name).c_str(), F_OK) != 0, "starting iox-roudi beside the memory of another one");
        process_.emplace(Child::anywhere, serve, SIGTERM);
    }
    ~RouDi() {
        process_.reset();
        for (const std::string &name : memory_)
            if (shm_unlink(name.c_str()) == 0) std::fprintf(stderr, "chorus-bench: iox-roudi left %s\n", name.c_str());
    }
    RouDi(const RouDi &) = delete;
    RouDi &operator=(const RouDi &) = delete;

  private:
    static void serve() {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        const std::string text = "[general]\nversion = 1\n[[segment]]\n[[segment.mempool]]\nsize = 128\ncount = 100\n";
        const int file = memfd_create("roudi_config", 0);
        if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return;
        execl(CHORUS_BENCH_ROUDI, "iox-roudi", "-l", "off", "-c", ("/dev/fd/" + std::to_string(file)).c_str(), nullptr);
    }

    // The samples are in memory that has the name of the group which may write it.
    const std::string memory_[2] = {"/iceoryx_mgmt", std::string("/") + getgrgid(getegid())->gr_name};
    std::optional<Child> process_;
};

struct Contestant {
    const char *name;
    const char *goal;  // of the ratio of ours to it
    std::function<double()> once_us;
    std::vector<double> times_us{};
};

void measure(std::vector<Contestant> &contestants, int rounds) {
    // The first round is not counted: servers still start, and programs are not in memory yet.
    for (int round = -1; round < rounds; ++round)
        for (Contestant &contestant : contestants) {
            const double time_us = contestant.once_us();
            must(time_us > 0, contestant.name);
            if (round >= 0) contestant.times_us.push_back(time_us);
        }
}

std::vector<double> sorted(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values;
}

void print(const Contestant &contestant, const Contestant &ours) {
    const std::vector<double> times_us = sorted(contestant.times_us);
    std::printf("%-16s %9.0f %9.0f", contestant.name, percentile(times_us, 50), percentile(times_us, 99));
    std::vector<double> ratios;
    for (std::size_t round = 0; round < times_us.size(); ++round)
        ratios.push_back(ours.times_us[round] / contestant.times_us[round]);
    ratios = sorted(ratios);
    if (&contestant != &ours)
        std::printf(" %9.2f %6.2f to %5.2f %5s", percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90),
                    contestant.goal);
    std::printf("\n");
}

void compare(int rounds) {
    const Site site(Child::anywhere);
    setenv("CHORUS_SITE", site.name().c_str(), 1);
    std::optional<RouDi> roudi;
    std::vector<Contestant> contestants{{"chorus", "", [] { return time_to_byte_us({{CHORUS_BENCH_FIRST_ACTOR}}); }}};
    const std::string iceoryx = CHORUS_BENCH_ICEORYX;
    if (iceoryx.empty()) {
        std::printf("iceoryx: not installed, skipped\n");
    } else {
        roudi.emplace();
        contestants.push_back({"iceoryx", "0.10", [&] {
                                   return time_to_byte_us({{iceoryx, "publish"}, {iceoryx, "subscribe"}});
                               }});
    }
    contestants.push_back({"by hand", "-", by_hand_us});
    measure(contestants, rounds);
    std::printf("%-16s %9s %9s %9s %15s\n", "us until the", "", "", "ours/it", "10th to 90th");
    std::printf("%-16s %9s %9s %9s %15s %5s\n", "byte is read", "p50", "p99", "median", "percentile", "goal");
    for (const Contestant &contestant : contestants)
        print(contestant, contestants.front());
}

}  // namespace
}  // namespace chorus::bench

int main(int argc, char **argv) {
    using namespace chorus::bench;
    const bool asked = argc == 3 && std::string(argv[1]) == "--rounds";
    const int rounds = asked ? std::atoi(argv[2]) : 51;
    must((argc == 1 || asked) && rounds > 0, "[--rounds N]: reading the arguments");
    compare(rounds);
}
