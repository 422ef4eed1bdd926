// chorus-bench: measures works of ours in turns with their floors, and the works in an order drawn anew each time, so
// that what else the machine does falls on all alike. Only the ratios mean something on another machine.
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
    Line line;
    void (*measured)(benchmark::State &);
};

std::vector<Work> works() {
    return {
        {{"allocate", "rgnAllocate, first touch", 1.5}, allocate},
        {{"map_from_actor", "rgnMapFromActor, first touch", 1.5}, map_from_actor},
        {{"map_into_another", "rgnMapFromActor into another actor", 2.0}, map_into_another},
        {{"among_10_000", "region calls, 10,000 regions", 1.5}, among_10_000},
        {{"among_100_000", "region calls, 100,000 regions", 1.5}, among_100_000},
        {{"semaphore", "semV, semP", 1.0}, signal_and_wait},
        // No goal: without a spin both are two wake-ups by the system.
        {{"round_trip", "semV, semP and back", {}}, round_trip},
        {{"spawn", "afexecv to main", 1.3}, spawn},
    };
}

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

}  // namespace

int main(int argc, char **argv) {
    std::vector<char *> arguments = with_defaults(argc, argv);
    int count = static_cast<int>(arguments.size()) - 1;
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    std::vector<Line> lines;
    for (const Work &work : works()) {
        benchmark::RegisterBenchmark(work.line.benchmark.c_str(), work.measured)->UseManualTime();
        lines.push_back(work.line);
    }
    Table table(std::move(lines));
    return benchmark::RunSpecifiedBenchmarks(&table) > 0 ? 0 : 2;
}
