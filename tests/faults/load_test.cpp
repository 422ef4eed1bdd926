// Kernel and keeper are killed at random, under load: no actor sees an error, wrong content, or waits for ever.
#include <gtest/gtest.h>
#include <signal.h>
#include <time.h>

#include <mem/chMem.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "client/console.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

constexpr int kills_default = 300;
constexpr int families = 4;  // of three workers each

// A while in which the workers go on; how long it is decides nothing but where the next kill comes.
void let_work(std::mt19937 &random) {
    std::uniform_int_distribution<long> up_to_ms(0, 6);
    std::uniform_int_distribution<long> part_ns(0, 999'999);
    const timespec while_working{0, up_to_ms(random) * 1'000'000 + part_ns(random)};
    nanosleep(&while_working, nullptr);
}

// Actors that allocate, map, lock, free, change each other's memory, hand over semaphores and look at what they read,
// until they are to end.
class Workers {
  public:
    explicit Workers(const TestSite &site) : site_(site) {
        for (int i = 0; i < families; ++i)
            workers_.push_back(std::make_unique<Process>(Process::Options{
                .arguments = {program("fault-worker"), "three"}, .set = {{"CHORUS_SITE", site.name()}}}));
    }
    // They have seen nothing, and leave nothing.
    void end() {
        for (const auto &worker : workers_) {
            worker->close_input();
            std::printf("%s\n", worker->read_line().c_str());
            EXPECT_EQ(worker->wait(), 0);
        }
        EXPECT_EQ(site_.chorus("regions --json").output, "[]\n");
        EXPECT_EQ(site_.chorus("ps --json").output, "[]\n");
    }

  private:
    const TestSite &site_;
    std::vector<std::unique_ptr<Process>> workers_;
};

TEST(Load, NothingIsLostWhenKernelAndKeeperAreKilled) {
    const int kills = number_from("CHORUS_KILLS", kills_default);
    const auto seed = static_cast<unsigned>(number_from("CHORUS_SEED", static_cast<int>(std::random_device()() >> 1)));
    std::printf("seed %u: CHORUS_SEED=%u CHORUS_KILLS=%d\n", seed, seed, kills);
    std::mt19937 random(seed);
    TestSite site;
    Workers workers(site);
    for (int kill = 0; kill < kills; ++kill) {
        let_work(random);
        if (random() % 5 == 0)
            site.kill_keeper();
        else
            site.kill_kernel();
    }
    workers.end();
    if (HasFailure()) std::printf("%s", site.log().c_str());
}

// One of the two or three processes is killed while one program takes the place of another.
TEST(Load, NothingIsLostWhenAReloadIsCutOff) {
    const int reloads = number_from("CHORUS_KILLS", kills_default) / 6;
    const auto seed = static_cast<unsigned>(number_from("CHORUS_SEED", static_cast<int>(std::random_device()() >> 1)));
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    TestSite site;
    Workers workers(site);
    int replaced = 0;
    for (int i = 0; i < reloads; ++i) {
        Process reload(
            {.arguments = {"/bin/sh", "-c",
                           "exec '" + program("chorusd") + "' --reload --site " + site.name() + " 2> /dev/null"}});
        let_work(random);
        let_work(random);
        site.kill_one(random());
        if (reload.wait() == 0) ++replaced;
        site.look();
    }
    std::printf("%d of %d reloads were done\n", replaced, reloads);
    workers.end();
    if (HasFailure()) std::printf("%s", site.log().c_str());
}

// How long calls wait for the next kernel is printed; what is held is that none fails.
TEST(Load, AHundredActorsWaitForTheNextKernel) {
    TestSite site;
    Process crowd({.arguments = {program("fault-crowd")}, .set = {{"CHORUS_SITE", site.name()}}});
    ASSERT_EQ(crowd.read_line(), "ready");
    const auto longest_ms = [&] {
        crowd.write_line("");
        const std::string line = crowd.read_line();
        EXPECT_NE(line, "") << "a call failed";
        return std::strtod(line.c_str(), nullptr);
    };
    longest_ms();
    const auto measure = [&](const char *after, const auto &what) {
        std::vector<double> outages_ms;
        for (int i = 0; i < 21 && !HasFailure(); ++i) {
            what();
            outages_ms.push_back(longest_ms());
        }
        std::sort(outages_ms.begin(), outages_ms.end());
        std::printf("outage of 100 actors with 1000 regions after %s: median %.2f ms, longest %.2f ms of %zu\n", after,
                    outages_ms[outages_ms.size() / 2], outages_ms.back(), outages_ms.size());
    };
    measure("a kill", [&] { site.kill_kernel(); });
    measure("a reload", [&] { EXPECT_EQ(site.reload().status, 0); });
    crowd.close_input();
    EXPECT_EQ(crowd.wait(), 0);
}

// From the kill to the end of the process, and to tables without the actor and its regions, as a console sees them.
TEST(Load, AKilledActorIsGoneSoon) {
    using Clock = std::chrono::steady_clock;
    TestSite site;
    client::Console console(site.name(), client::Missing::report);
    std::vector<double> ended_ms, gone_ms;
    for (int i = 0; i < 200; ++i) {
        Puppet alice(site);
        alice.allocate(4, std::to_string(K_ANYWHERE | K_WRITABLE));
        const auto killed = Clock::now();
        const auto passed_ms = [&] { return std::chrono::duration<double, std::milli>(Clock::now() - killed).count(); };
        alice.process().signal(SIGKILL);
        alice.process().wait();
        ended_ms.push_back(passed_ms());
        while (!console.regions(0).empty() || !console.actors().empty()) {
        }
        gone_ms.push_back(passed_ms());
    }
    const auto print = [](const char *what, std::vector<double> &all_ms) {
        std::sort(all_ms.begin(), all_ms.end());
        std::printf("%s after: median %.2f ms, p99 %.2f ms of %zu\n", what, all_ms[all_ms.size() / 2],
                    all_ms[all_ms.size() * 99 / 100], all_ms.size());
    };
    print("the process has ended", ended_ms);
    print("gone from the tables", gone_ms);
}

}  // namespace
}  // namespace chorus::test
