#include "table.hpp"

#include <algorithm>
#include <cstdio>

#include "measure.hpp"

namespace chorus::bench {

namespace {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return percentile(values, 50);
}

}  // namespace

void Table::ReportRuns(const std::vector<Run> &runs) {
    for (const Run &run : runs) {
        if (run.run_type != Run::RT_Iteration) continue;
        const auto microseconds = [&](const char *name) { return run.counters.at(name) / 1000; };
        Repetitions &measured = measured_[run.run_name.function_name];
        measured.ours_us.push_back(microseconds(counter::ours_median));
        measured.floor_us.push_back(microseconds(counter::floor_median));
        measured.ratios.push_back(measured.ours_us.back() / measured.floor_us.back());
        measured.ours_p99_us.push_back(microseconds(counter::ours_p99));
        measured.floor_p99_us.push_back(microseconds(counter::floor_p99));
    }
}

void Table::Finalize() {
    std::printf("%-34s %10s %10s %6s %5s %10s %10s\n", "us", "ours", "floor", "ratio", "goal", "ours p99", "floor p99");
    for (const Line &line : lines_) {
        const auto found = measured_.find(line.benchmark);
        if (found == measured_.end()) continue;  // --benchmark_filter left it out
        const Repetitions &measured = found->second;
        char goal[16] = "-";
        if (line.goal) std::snprintf(goal, sizeof goal, "%.1f", *line.goal);
        std::printf("%-34s %10.4g %10.4g %6.2f %5s %10.4g %10.4g\n", line.work.c_str(), median(measured.ours_us),
                    median(measured.floor_us), median(measured.ratios), goal, median(measured.ours_p99_us),
                    median(measured.floor_p99_us));
    }
}

}  // namespace chorus::bench
