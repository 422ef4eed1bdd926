// Timing by hand around exactly the work compared, so that undoing it is not counted.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include <unistd.h>

namespace chorus::bench {

// Names of the counters that `measure` leaves, both in nanoseconds.
inline constexpr const char *median_counter = "p50_ns";
inline constexpr const char *p99_counter = "p99_ns";

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

// Repeats `once`, which does the work `works` times over and returns the nanoseconds that this took.
template <class Once>
void measure(benchmark::State &state, Once once, double works = 1) {
    std::vector<double> times_ns;
    times_ns.reserve(state.max_iterations);
    for (auto _ : state) {
        const double taken_ns = once();
        state.SetIterationTime(taken_ns * 1e-9);
        times_ns.push_back(taken_ns / works);
    }
    std::sort(times_ns.begin(), times_ns.end());
    state.counters[median_counter] = times_ns[times_ns.size() / 2];
    state.counters[p99_counter] = times_ns[times_ns.size() * 99 / 100];
}

}  // namespace chorus::bench
