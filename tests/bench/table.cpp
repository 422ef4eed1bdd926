#include "table.hpp"

#include <algorithm>
#include <cstdio>

#include "measure.hpp"

namespace chorus::bench {

namespace {

double median_us(std::vector<double> times_ns) {
    std::sort(times_ns.begin(), times_ns.end());
    return times_ns[times_ns.size() / 2] / 1000;
}

}  // namespace

void Table::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &run : runs) {
        if (run.run_type != Run::RT_Iteration) continue;
        Times &times = times_[run.run_name.function_name];
        times.medians.push_back(run.counters.at(median_counter));
        times.p99s.push_back(run.counters.at(p99_counter));
    }
}

void Table::Finalize() {
    std::printf("%-34s %10s %10s %6s %5s %10s %10s\n", "us", "ours", "floor", "ratio", "goal", "ours p99", "floor p99");
    for (const Comparison &row : comparisons_) {
        const auto ours = times_.find(row.ours);
        const auto floor = times_.find(row.floor);
        if (ours == times_.end() || floor == times_.end()) continue;  // --benchmark_filter left it out
        const double ours_us = median_us(ours->second.medians);
        const double floor_us = median_us(floor->second.medians);
        char goal[16] = "-";
        if (row.goal) std::snprintf(goal, sizeof goal, "%.1f", *row.goal);
        std::printf("%-34s %10.4g %10.4g %6.2f %5s %10.4g %10.4g\n", row.work.c_str(), ours_us, floor_us,
                    ours_us / floor_us, goal, median_us(ours->second.p99s), median_us(floor->second.p99s));
    }
}

}  // namespace chorus::bench
