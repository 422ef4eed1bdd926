// Actors come and go for a long time, in order and killed, and share memory meanwhile: nothing is used up.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/console.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t looks_min = 6;

// Of the kernel, at one moment. Each segment takes a descriptor.
struct Used {
    double resident_mib;
    long descriptors;
};

Used used_by(const TestSite &site) {
    const std::string folder = "/proc/" + std::to_string(site.kernel_pid());
    Used used{};
    std::ifstream status(folder + "/status");
    for (std::string word; status >> word;)
        if (word == "VmRSS:" && status >> used.resident_mib) used.resident_mib /= 1024;
    used.descriptors = std::distance(std::filesystem::directory_iterator(folder + "/fd"), {});
    return used;
}

// Two workers in a process group of their own, which starts with the first.
class Pair {
  public:
    explicit Pair(const TestSite &site)
        : first_({.arguments = {"/usr/bin/setsid", program("fault-worker")}, .set = {{"CHORUS_SITE", site.name()}}}),
          group_(first_.pid()) {}
    // They have seen nothing wrong, as far as they came.
    void end() {
        first_.close_input();
        EXPECT_NE(first_.read_line().find(" rounds"), std::string::npos);
        EXPECT_EQ(first_.wait(), 0);
    }
    void kill() {
        if (::kill(-group_, SIGKILL) != 0) first_.signal(SIGKILL);  // it has not come to its group
        EXPECT_EQ(first_.wait(), 128 + SIGKILL);
        while (waitpid(-group_, nullptr, 0) > 0) {  // the second has become our child
        }
    }

  private:
    Process first_;
    pid_t group_;
};

double median_mib(const std::vector<Used> &all, std::size_t from, std::size_t to) {
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i)
        values.push_back(all[i].resident_mib);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

TEST(Soak, ActorsComeAndGoAndNothingIsUsedUp) {
    const std::chrono::seconds duration(number_from("CHORUS_SOAK_S", 3));
    const auto count = static_cast<std::size_t>(number_from("CHORUS_SOAK_ACTORS", 20)) / 2;
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const auto seed = static_cast<unsigned>(number_from("CHORUS_SEED", static_cast<int>(std::random_device()() >> 1)));
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    TestSite site;
    client::Console console(site.name(), client::Missing::report);
    // When it answers a second time, the kernel has all that it begins with, and has closed what the first one brought.
    for (int time = 0; time < 2; ++time)
        EXPECT_TRUE(console.actors().empty());
    const Used before = used_by(site);

    std::vector<std::unique_ptr<Pair>> pairs;
    while (pairs.size() < count)
        pairs.push_back(std::make_unique<Pair>(site));
    int ended = 0, killed = 0;
    std::vector<Used> seen;
    const auto begun = Clock::now();
    // On a slow machine longer than that: what is compared in the end are looks of an early and a late third.
    for (auto next_look = begun; (Clock::now() < begun + duration || seen.size() < looks_min) && !HasFailure();) {
        std::unique_ptr<Pair> &pair = pairs[random() % count];
        if (random() % 2 == 0) {
            pair->end();
            ++ended;
        } else {
            pair->kill();
            ++killed;
        }
        pair = std::make_unique<Pair>(site);
        if (Clock::now() < next_look) continue;
        seen.push_back(used_by(site));
        next_look += duration / 60;
    }
    for (const std::unique_ptr<Pair> &pair : pairs)
        pair->end();
    EXPECT_TRUE(console.actors().empty());
    EXPECT_TRUE(console.regions(0).empty());
    // What the last ones leave is closed a moment after the tables are empty.
    Used after = used_by(site);
    for (const auto deadline = Clock::now() + std::chrono::seconds(60);
         after.descriptors > before.descriptors && Clock::now() < deadline; after = used_by(site))
        console.actors();
    ASSERT_GE(seen.size(), looks_min);
    const std::size_t third = seen.size() / 3;
    const double early_mib = median_mib(seen, 0, third), late_mib = median_mib(seen, seen.size() - third, seen.size());
    std::printf(
        "%zu actors, %d pairs ended, %d killed; kernel: %.1f MiB and %ld descriptors before, %.1f MiB early, "
        "%.1f MiB late, %.1f MiB and %ld descriptors after\n",
        2 * count, ended, killed, before.resident_mib, before.descriptors, early_mib, late_mib, after.resident_mib,
        after.descriptors);
    EXPECT_LE(after.descriptors, before.descriptors);
    // A short run is still finding its level; what a sanitizer was given back it keeps for a while.
    if (CHORUS_SANITIZED == 0) {
        EXPECT_LE(late_mib, early_mib * 1.05 + 2);
    }
    if (HasFailure()) std::printf("%s", site.log().c_str());
}

}  // namespace
}  // namespace chorus::test
