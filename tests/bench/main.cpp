// chorus-bench: measures works of ours in turns with their floors, and the works in an order drawn anew each time, so
// that what else the machine does falls on all alike. Only the ratios mean something on another machine.
//
// It takes the flags of Google Benchmark (--benchmark_filter, --benchmark_repetitions, --benchmark_out, ...).
// The kernel is a private one, unless a default site runs.
#include <benchmark/benchmark.h>
#include <chorus.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "floor_client.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "table.hpp"
#include "works.hpp"

namespace {

using namespace chorus::bench;

// Where it is measured, and what it may take there of its floor's time.
struct Work {
    const char *benchmark;
    const char *what;
    std::optional<double> on_one, on_two;  // processors
    void (*measured)(benchmark::State &);
};

constexpr Work works[] = {
    {"allocate", "rgnAllocate, first touch", 1.5, 0.7, allocate},
    {"together", "1,000 allocations together", {}, 1.5, allocate_together},
    {"map_from_actor", "rgnMapFromActor, first touch", 1.5, 0.6, map_from_actor},
    {"map_again", "the same, of memory one already has", 1.5, 0.35, map_again},
    {"map_into_another", "rgnMapFromActor into another actor", 2.0, {}, map_into_another},
    {"touch", "first touch of 1 GiB", {}, 1.05, touch},
    {"among_10_000", "region calls, 10,000 regions", 1.5, {}, among_10_000},
    {"among_100_000", "region calls, 100,000 regions", 1.5, {}, among_100_000},
    {"among_1_000_actors", "among 1,000 actors, 100,000 regions", {}, 1.3, among_1_000_actors},
    {"pure_kernel", "allocate, free: the pure kernel", {}, 5.0, pure_kernel},
    {"semaphore", "semV, semP", 0.9, 0.9, signal_and_wait},
    {"round_trip", "semV, semP and back", 1.1, 0.1, round_trip},
    {"spawn", "afexecv to main", 1.3, 1.15, spawn},
    {"spawn_static", "the same, of a static program", {}, 1.15, spawn_static},
    {"private_call", "private kernel to first call", {}, 3.0, private_call},
    {"private_start", "chorus run, private kernel to main", {}, 3.0, private_start},
};

// Repetitions are short and many: a disturbance spoils one of them, and the median over them does not see it.
std::vector<char *> with_defaults(int argc, char **argv) {
    static char repetitions[] = "--benchmark_repetitions=51";
    static char time[] = "--benchmark_min_time=0.04";
    static char interleaving[] = "--benchmark_enable_random_interleaving=true";
    std::vector<char *> arguments{argv[0], repetitions, time, interleaving};
    std::copy(argv + 1, argv + argc, std::back_inserter(arguments));
    arguments.push_back(nullptr);
    return arguments;
}

// The kernel and the other processes on the second processor, this one on the first.
void take_two_processors() {
    pin_to(1);
    KnActorPrivilege own;
    must(actorPrivilege(K_MYACTOR, &own, nullptr) == K_OK, "actorPrivilege");
    RegionServer::started();
    SemaphorePeer::started();
    Peer::started();
    pin_to(0);
}

bool take_flag(int &argc, char **argv, const std::string &flag) {
    char **const end = argv + argc;
    char **const left = std::remove_if(argv + 1, end, [&](const char *argument) { return argument == flag; });
    argc = static_cast<int>(left - argv);
    return left != end;
}

}  // namespace

int main(int argc, char **argv) {
    const bool two = take_flag(argc, argv, "--two-processors");
    // A short run says whether something is much slower than it should be, and no more.
    const bool check = take_flag(argc, argv, "--check");
    if (two) take_two_processors();
    std::vector<char *> arguments = with_defaults(argc, argv);
    int count = static_cast<int>(arguments.size()) - 1;
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    std::vector<Line> lines;
    for (const Work &work : works) {
        const std::optional<double> goal = two ? work.on_two : work.on_one;
        if (!goal) continue;
        benchmark::RegisterBenchmark(work.benchmark, work.measured)->UseManualTime();
        lines.push_back({work.benchmark, work.what, *goal});
    }
    Table table(std::move(lines));
    if (benchmark::RunSpecifiedBenchmarks(&table) == 0) return 2;
    return check && !table.within(2) ? 1 : 0;
}
