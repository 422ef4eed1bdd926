// Timing by hand around exactly the work compared, so that undoing it is not counted.
#pragma once

#include <benchmark/benchmark.h>
#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <vector>

#include <unistd.h>

namespace chorus::bench {

// Names of the counters that `measure` leaves, in nanoseconds.
namespace counter {
inline constexpr const char *ours_median = "ours_p50_ns";
inline constexpr const char *ours_p99 = "ours_p99_ns";
inline constexpr const char *floor_median = "floor_p50_ns";
inline constexpr const char *floor_p99 = "floor_p99_ns";
}  // namespace counter

// CLOCK_MONOTONIC, the same in every process.
inline double now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Ends the benchmark where a step fails. At once: the processes it started die with it (PR_SET_PDEATHSIG).
inline void must(bool done, const char *step) {
    if (done) return;
    std::fprintf(stderr, "chorus-bench: %s failed\n", step);
    _exit(1);
}

inline void pin_to(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    must(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity: two processors are needed");
}

// Of sorted times.
inline double percentile(const std::vector<double> &times, std::size_t percent) {
    return times[times.size() * percent / 100];
}

// How often `measure` does the work in a row before it changes to the floor, or back. Short rows, so that whatever else
// the machine does falls on both alike.
struct Row {
    int length = 16;
    double works = 1;  // that one call does
};

// Does the work and its floor in turns. `ours` and `floor` return the nanoseconds that one call took.
template <class Ours, class Floor>
void measure(benchmark::State &state, Ours ours, Floor floor, Row row = {}) {
    std::vector<double> ours_ns, floor_ns;
    for (auto _ : state) {
        double taken_ns = 0;
        const auto repeat = [&](auto &once, std::vector<double> &times_ns) {
            for (int i = 0; i < row.length; ++i) {
                const double once_ns = once();
                taken_ns += once_ns;
                times_ns.push_back(once_ns / row.works);
            }
        };
        repeat(ours, ours_ns);
        repeat(floor, floor_ns);
        state.SetIterationTime(taken_ns * 1e-9);
    }
    std::sort(ours_ns.begin(), ours_ns.end());
    std::sort(floor_ns.begin(), floor_ns.end());
    state.counters[counter::ours_median] = percentile(ours_ns, 50);
    state.counters[counter::ours_p99] = percentile(ours_ns, 99);
    state.counters[counter::floor_median] = percentile(floor_ns, 50);
    state.counters[counter::floor_p99] = percentile(floor_ns, 99);
}

}  // namespace chorus::bench
