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
    std::printf("%-35s %9s %9s %6s %5s %13s %9s %9s\n", "us", "ours", "floor", "ratio", "goal", "p10..p90", "ours p99",
                "floor p99");
    for (const Line &line : lines_) {
        const auto found = measured_.find(line.benchmark);
        if (found == measured_.end()) continue;  // --benchmark_filter left it out
        const Repetitions &measured = found->second;
        std::vector<double> ratios = measured.ratios;
        std::sort(ratios.begin(), ratios.end());
        std::printf("%-35s %9.4g %9.4g %6.2f %5.4g %6.2f..%-5.2f %9.4g %9.4g\n", line.work.c_str(),
                    median(measured.ours_us), median(measured.floor_us), percentile(ratios, 50), line.goal,
                    percentile(ratios, 10), percentile(ratios, 90), median(measured.ours_p99_us),
                    median(measured.floor_p99_us));
    }
}

bool Table::within(double times) const {
    bool all = true;
    for (const Line &line : lines_) {
        const auto found = measured_.find(line.benchmark);
        if (found == measured_.end()) continue;
        const std::vector<double> &ratios = found->second.ratios;
        const double best = *std::min_element(ratios.begin(), ratios.end());
        if (best <= times * line.goal) continue;
        std::printf("too slow: %s, %.2f at best\n", line.work.c_str(), best);
        all = false;
    }
    return all;
}

}  // namespace chorus::bench
