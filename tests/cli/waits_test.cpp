// chorus waits: who sleeps on what, as the kernel finds it without being told.
#include <chorus.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/site.hpp"

namespace chorus::test {
namespace {

using nlohmann::json;

const std::string shared = std::to_string(K_ANYWHERE | K_WRITABLE);

class Waits : public testing::Test {
  protected:
    Waits() : in_alice(alice.allocate(1, shared)), in_bob(in(bob)), in_carol(in(carol)) {}

    std::string in(Puppet &puppet) {
        return word(puppet("map self 0,4096," + shared + " " + alice.capability() + " " + in_alice + ",4096,0"), 1);
    }
    // Starts a P, and waits until `chorus waits` tells of `sleepers` threads in all.
    json start_p(Puppet &puppet, const std::string &sem, std::size_t sleepers) {
        puppet.start("sem_p " + sem + " forever");
        return told(sleepers);
    }
    json told(std::size_t sleepers) {
        for (;;) {
            json now = json::parse(site.chorus("waits --json").output);
            std::size_t count = 0;
            for (const json &semaphore : now["semaphores"])
                count += semaphore["sleepers"].size();
            if (count == sleepers) return now;
        }
    }

    TestSite site;
    Puppet alice{site}, bob{site}, carol{site};
    std::string in_alice, in_bob, in_carol;
    const std::string bobs_capability = bob.capability();
};

TEST_F(Waits, NobodySleeps) {
    EXPECT_EQ(json::parse(site.chorus("waits --json").output),
              json::parse(R"({"calls": [], "cycles": [], "semaphores": []})"));
    EXPECT_EQ(site.chorus("waits").status, 0);
}

TEST_F(Waits, ACallThatWaitsForAnotherActorIsShownWithThatActor) {
    bob.process().stop();
    alice.start("allocate " + bobs_capability + " 0,4096," + shared);
    json calls;
    while (calls.empty())
        calls = json::parse(site.chorus("waits --json").output)["calls"];
    const json wanted{{{"aid", 1},
                       {"name", "puppet"},
                       {"call", "rgnAllocate"},
                       {"waits_for", 2},
                       {"waits_for_name", "puppet"},
                       {"to", "follow a change"}}};
    EXPECT_EQ(calls, wanted);
    const char *line = "call: actor 1 (puppet) is in rgnAllocate and waits for actor 2 (puppet) to follow a change\n";
    EXPECT_NE(site.chorus("waits").output.find(line), std::string::npos);
    EXPECT_NE(site.chorus("waits 2").output.find(line), std::string::npos);
    EXPECT_EQ(site.chorus("waits 3").output.find(line), std::string::npos) << "carol has nothing to do with it";
    bob.process().signal(SIGCONT);
    EXPECT_EQ(word(alice.finish(), 0), "0");
    EXPECT_TRUE(json::parse(site.chorus("waits --json").output)["calls"].empty());
}

TEST_F(Waits, OneSemaphoreAtThreeAddressesIsOneWithItsSleepersInOrder) {
    ASSERT_EQ(alice("sem_init " + plus(in_alice, 96) + " 0"), "0");
    Puppet dave(site);
    const std::string in_dave = in(dave);
    start_p(carol, plus(in_carol, 96), 1);
    start_p(alice, plus(in_alice, 96), 2);
    const json now = start_p(bob, plus(in_bob, 96), 3);
    ASSERT_EQ(now["semaphores"].size(), 1u) << now;
    const json &semaphore = now["semaphores"][0];
    EXPECT_EQ(semaphore["offset"], 96);
    EXPECT_EQ(semaphore["value"], 0);
    const json regions = json::parse(site.chorus("regions --json").output);
    EXPECT_EQ(semaphore["segment"], regions[0]["segment"]);
    EXPECT_EQ(semaphore["inode"], regions[0]["inode"]);
    std::vector<pid_t> threads;
    for (const json &sleeper : semaphore["sleepers"]) {
        threads.push_back(sleeper["thread"]);
        EXPECT_GE(sleeper["asleep_ns"], 0);
    }
    EXPECT_EQ(threads, (std::vector<pid_t>{carol.pid(), alice.pid(), bob.pid()}));
    EXPECT_GE(semaphore["sleepers"][0]["asleep_ns"], semaphore["sleepers"][2]["asleep_ns"]);

    const std::string table = site.chorus("waits").output;
    EXPECT_NE(table.find(" at 0x60 "), std::string::npos) << table;
    EXPECT_EQ(table.find("cycle"), std::string::npos) << table;

    ASSERT_EQ(dave("sem_v " + plus(in_dave, 96)), "0");
    EXPECT_EQ(carol.finish(), "0") << "the first that is told is the first that is woken";
    const json later = told(2);
    EXPECT_EQ(later["semaphores"][0]["sleepers"][0]["thread"], alice.pid());
    EXPECT_EQ(later["semaphores"][0]["last_taker"], carol.pid());
    alice.process().signal(9);
    EXPECT_EQ(told(1)["semaphores"][0]["sleepers"][0]["thread"], bob.pid()) << "the dead do not sleep";
}

TEST_F(Waits, ACycleIsTold) {
    ASSERT_EQ(alice("sem_init " + in_alice + " 1"), "0");
    ASSERT_EQ(alice("sem_init " + plus(in_alice, 32) + " 1"), "0");
    ASSERT_EQ(alice("sem_p " + in_alice + " forever"), "0");
    ASSERT_EQ(bob("sem_p " + plus(in_bob, 32) + " forever"), "0");
    EXPECT_TRUE(start_p(alice, plus(in_alice, 32), 1)["cycles"].empty()) << "bob is awake";
    const json now = start_p(bob, in_bob, 2);
    ASSERT_EQ(now["cycles"].size(), 1u) << now;
    EXPECT_EQ(now["cycles"][0], (json{alice.pid(), bob.pid()}));
    const std::string table = site.chorus("waits").output;
    EXPECT_NE(table.find("cycle: actor 1 (puppet, thread " + std::to_string(alice.pid()) + ") waits for segment "),
              std::string::npos)
        << table;

    ASSERT_EQ(carol("sem_v " + in_carol), "0");
    EXPECT_EQ(bob.finish(), "0");
    EXPECT_TRUE(told(1)["cycles"].empty());
}

TEST_F(Waits, ASleeperIsToldOfAForkedActorToo) {
    ASSERT_EQ(alice("sem_init " + in_alice + " 0"), "0");
    alice("fork");
    alice.start("child sem_p " + in_alice + " forever");
    const json now = told(1);
    const json actors = json::parse(site.chorus("ps --json").output);
    EXPECT_EQ(now["semaphores"][0]["sleepers"][0]["aid"], actors.back()["aid"]);
    ASSERT_EQ(bob("sem_v " + in_bob), "0");
    EXPECT_EQ(alice.finish(), "0");
    EXPECT_TRUE(told(0)["semaphores"].empty());
}

}  // namespace
}  // namespace chorus::test
