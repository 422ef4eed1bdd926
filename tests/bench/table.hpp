// Collects what the repetitions of each benchmark measured, and prints ours beside its floor.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chorus::bench {

// One row of the table: the work, the names of its two benchmarks, and how many times its floor it may take.
struct Comparison {
    std::string work;
    std::string ours;
    std::string floor;
    std::optional<double> goal;
};

class Table : public benchmark::BenchmarkReporter {
  public:
    explicit Table(std::vector<Comparison> comparisons) : comparisons_(std::move(comparisons)) {}

    bool ReportContext(const Context &) override { return true; }
    void ReportRuns(const std::vector<Run> &runs) override;
    // Prints the table: times in microseconds, the medians over all repetitions of each one's median and 99th
    // percentile.
    void Finalize() override;

  private:
    // Of each repetition, in nanoseconds.
    struct Times {
        std::vector<double> medians;
        std::vector<double> p99s;
    };
    std::vector<Comparison> comparisons_;
    std::map<std::string, Times> times_;
};

}  // namespace chorus::bench
