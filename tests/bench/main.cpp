// chorus-bench: measures works of ours and their floors in one run, in an order of repetitions drawn anew each time, so
// that what else the machine does falls on both alike. Only the ratios mean something on another machine.
//
// It takes the flags of Google Benchmark (--benchmark_filter, --benchmark_repetitions, --benchmark_out, ...).
// The kernel is a private one, unless a default site runs.
#include <benchmark/benchmark.h>

#include <iterator>
#include <vector>

#include "table.hpp"
#include "works.hpp"

namespace {

using namespace chorus::bench;

struct Work {
    Comparison comparison;
    void (*ours)(benchmark::State &);
    void (*floor)(benchmark::State &);
};

std::vector<Work> works() {
    return {
        {{"rgnAllocate, first touch", "allocate", "allocate_floor", 1.5}, allocate, allocate_floor},
        {{"rgnMapFromActor, first touch", "map", "map_floor", 1.5}, map_from_actor, map_floor},
        {{"semV, semP", "semaphore", "semaphore_floor", 1.0}, signal_and_wait, signal_and_wait_floor},
        // No goal: without a spin both are two wake-ups by the system.
        {{"semV, semP and back", "round_trip", "round_trip_floor", {}}, round_trip, round_trip_floor},
        {{"afexecv to main", "spawn", "spawn_floor", 1.3}, spawn, spawn_floor},
    };
}

// Repetitions are short and many: a disturbance spoils one of them, and the median over them does not see it.
std::vector<char *> with_defaults(int argc, char **argv) {
    static char repetitions[] = "--benchmark_repetitions=61";
    static char time[] = "--benchmark_min_time=0.02";
    static char interleaving[] = "--benchmark_enable_random_interleaving=true";
    std::vector<char *> arguments{argv[0], repetitions, time, interleaving};
    std::copy(argv + 1, argv + argc, std::back_inserter(arguments));
    arguments.push_back(nullptr);
    return arguments;
}

}  // namespace

int main(int argc, char **argv) {
    std::vector<char *> arguments = with_defaults(argc, argv);
    int count = static_cast<int>(arguments.size()) - 1;
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    std::vector<Comparison> comparisons;
    for (const Work &work : works()) {
        benchmark::RegisterBenchmark(work.comparison.ours.c_str(), work.ours)->UseManualTime();
        benchmark::RegisterBenchmark(work.comparison.floor.c_str(), work.floor)->UseManualTime();
        comparisons.push_back(work.comparison);
    }
    Table table(std::move(comparisons));
    return benchmark::RunSpecifiedBenchmarks(&table) > 0 ? 0 : 2;
}
