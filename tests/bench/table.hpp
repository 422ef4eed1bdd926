// Collects what the repetitions of each benchmark measured, and prints ours beside its floor.
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace chorus::bench {

// One line of the table: the benchmark, what it is called there, and how many times its floor it may take.
struct Line {
    std::string benchmark;
    std::string work;
    double goal;
};

class Table : public benchmark::BenchmarkReporter {
  public:
    explicit Table(std::vector<Line> lines) : lines_(std::move(lines)) {}

    bool ReportContext(const Context &) override { return true; }
    void ReportRuns(const std::vector<Run> &runs) override;
    // Prints the table. Every figure is the median over the repetitions: of their medians and 99th percentiles, in
    // microseconds, and of their ratios, so that the ratio is not quite that of the two figures beside it; and where
    // the ratio lay in four of five repetitions.
    void Finalize() override;
    // Whether each work took at most so many times its goal in at least one repetition; says which did not. Others on
    // the machine can spoil most repetitions, as where the host takes one of two processors away; what has become
    // slower is slower in all.
    bool within(double times) const;

  private:
    struct Repetitions {
        std::vector<double> ours_us, floor_us, ratios, ours_p99_us, floor_p99_us;
    };
    std::vector<Line> lines_;
    std::map<std::string, Repetitions> measured_;  // by benchmark
};

}  // namespace chorus::bench
