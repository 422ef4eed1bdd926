// Changes in an actor that asked for nothing: what happens when it, the source or the caller stops or dies meanwhile.
// "Meanwhile" is made with SIGSTOP: the kernel has changed its table, the target has not followed yet.
#include <chorus.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <thread>

#include "support/maps.hpp"
#include "support/site.hpp"

namespace chorus::test {
namespace {

const std::string anywhere_writable = std::to_string(K_ANYWHERE | K_WRITABLE);
const std::string at = "0x50000000";

class ThirdParty : public testing::Test {
  protected:
    ThirdParty() {
        alices = alice.capability();
        bobs = bob.capability();
        carols = carol.capability();
        source = carol.allocate(2, anywhere_writable);
        carol("write " + source + " 42");
        into_bob = "map " + bobs + " " + at + ",8192,1 " + carols + " " + source + ",8192,0";
    }

    // The aid is the second word of the unique id.
    static std::string aid_of(const std::string &capability) {
        const auto dot = capability.find('.');
        return std::to_string(std::stoul(capability.substr(dot + 1), nullptr, 16));
    }
    void kill(Puppet &puppet) {
        puppet.process().signal(SIGKILL);
        puppet.process().wait();
    }
    // Until the kernel's table has, or has no more, so many mapped ranges of an actor.
    void wait_for_ranges(const std::string &capability, std::size_t count) {
        while (listed_for(site, aid_of(capability)).size() != count)
            std::this_thread::yield();
    }
    void expect_agreement(Puppet &puppet, const std::string &capability) {
        EXPECT_EQ(mapped_by(puppet.pid()), listed_for(site, aid_of(capability)));
    }
    std::size_t segments() {
        const std::string table = site.chorus("regions --json").output;
        std::size_t count = 0;
        for (auto found = table.find("\"inode\""); found != std::string::npos;
             found = table.find("\"inode\"", found + 1))
            ++count;
        return count;
    }

    TestSite site;
    Puppet alice{site, {.set = {{"CHORUS_TIMEOUT_MS", "20000"}}}};
    Puppet hasty{site, {.set = {{"CHORUS_TIMEOUT_MS", "2000"}}}};
    Puppet bob{site}, carol{site};
    std::string alices, bobs, carols, source, into_bob;
};

TEST_F(ThirdParty, MapsTwoOthersTogetherAndNeitherDoesAnything) {
    EXPECT_EQ(alice(into_bob), "0 " + at);
    expect_agreement(bob, bobs);
    EXPECT_TRUE(mapped_by(alice.pid()).empty());
    EXPECT_EQ(bob("read " + at), "42");
    bob("write " + at + " 43");
    EXPECT_EQ(carol("read " + source), "43");
    EXPECT_EQ(alice("free " + bobs + " " + at + ",4096,0"), "0");
    EXPECT_EQ(bob("access " + at), "none");
    EXPECT_EQ(bob("access " + plus(at, 4096)), "rw");
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, ManySegmentsInOneRangeAreAllThere) {
    for (int page = 0; page < 40; ++page)
        ASSERT_EQ(word(carol("allocate self " + plus("0x60000000", page * 4096L) + ",4096,1"), 0), "0");
    EXPECT_EQ(word(alice("map " + bobs + " " + at + ",0x28000,1 " + carols + " 0x60000000,0x28000,0"), 0), "0");
    expect_agreement(bob, bobs);
    EXPECT_EQ(mapped_by(bob.pid()).size(), 40u);
}

TEST_F(ThirdParty, AStoppedTargetDelaysItsCallerUpToTheDeadlineAndNobodyElse) {
    bob.process().stop();
    EXPECT_EQ(hasty(into_bob), status(K_ETIMEOUT) + " " + at);
    EXPECT_TRUE(listed_for(site, aid_of(bobs)).empty()) << "undone";
    EXPECT_TRUE(mapped_by(bob.pid()).empty());
    hasty.start(into_bob);
    EXPECT_EQ(word(carol("allocate self 0,4096,9"), 0), "0") << "others go on";
    EXPECT_EQ(word(hasty.finish(), 0), status(K_ETIMEOUT));
    bob.process().signal(SIGCONT);
    EXPECT_EQ(alice(into_bob), "0 " + at) << "what it was told, do and undo, it does in order";
    expect_agreement(bob, bobs);
    EXPECT_EQ(bob("read " + at), "42");
}

TEST_F(ThirdParty, WhatIsFreedOrProtectedInVainIsAsItWas) {
    ASSERT_EQ(alice(into_bob), "0 " + at);
    bob("write " + plus(at, 4096) + " 7");
    const std::string before = site.chorus("regions --json").output;
    bob.process().stop();
    EXPECT_EQ(hasty("free " + bobs + " " + at + ",4096,0"), status(K_ETIMEOUT));
    EXPECT_EQ(hasty("free " + bobs + " 0,0," + std::to_string(K_FREEALL)), status(K_ETIMEOUT));
    EXPECT_EQ(site.chorus("regions --json").output, before);
    bob.process().signal(SIGCONT);
    for (int round = 0; round < 1000; ++round)
        ASSERT_EQ(bob("read " + at), "42") << "not for a moment is it gone";
    EXPECT_EQ(word(alice("allocate " + bobs + " 0x60000000,4096,1"), 0), "0");
    EXPECT_EQ(alice("free " + bobs + " 0x60000000,4096,0"), "0");
    expect_agreement(bob, bobs);
    EXPECT_EQ(bob("access " + at), "rw");
}

TEST_F(ThirdParty, ATargetThatDiesWhileItIsAskedIsUnknown) {
    bob.process().stop();
    alice.start(into_bob);
    wait_for_ranges(bobs, 1);
    kill(bob);
    EXPECT_EQ(word(alice.finish(), 0), status(K_EUNKNOWN));
    EXPECT_EQ(segments(), 1u) << "carol's own";
}

TEST_F(ThirdParty, ASourceThatDiesMeanwhileLeavesItsMemory) {
    bob.process().stop();
    alice.start(into_bob);
    wait_for_ranges(bobs, 1);
    kill(carol);
    bob.process().signal(SIGCONT);
    EXPECT_EQ(alice.finish(), "0 " + at);
    EXPECT_EQ(bob("read " + at), "42");
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, WhereSourceAndTargetDieNothingIsLeft) {
    bob.process().stop();
    alice.start(into_bob);
    wait_for_ranges(bobs, 1);
    kill(carol);
    kill(bob);
    EXPECT_EQ(word(alice.finish(), 0), status(K_EUNKNOWN));
    EXPECT_EQ(segments(), 0u);
}

TEST_F(ThirdParty, ACallerThatDiesWhileItWaitsLeavesTheWholeMapOrNone) {
    bob.process().stop();
    alice.start(into_bob);
    wait_for_ranges(bobs, 1);
    kill(alice);
    bob.process().signal(SIGCONT);
    EXPECT_EQ(word(carol("allocate " + bobs + " 0x58000000,4096,1"), 0), "0") << "when the space is settled";
    EXPECT_EQ(bob("read " + at), "42");
    expect_agreement(bob, bobs);
    EXPECT_EQ(word(carol("free " + bobs + " 0,0," + std::to_string(K_FREEALL)), 0), "0");
    kill(carol);
    EXPECT_EQ(segments(), 0u);
}

TEST_F(ThirdParty, ASecondChangeOfTheSameSpaceWaitsForTheFirst) {
    bob.process().stop();
    alice.start(into_bob);
    wait_for_ranges(bobs, 1);
    carol.start("allocate " + bobs + " 0x58000000,4096,1");
    Puppet dave(site, {.set = {{"CHORUS_TIMEOUT_MS", "2000"}}});
    EXPECT_EQ(word(dave("allocate " + bobs + " 0x59000000,4096,1"), 0), status(K_ETIMEOUT)) << "to its own deadline";
    bob.process().signal(SIGCONT);
    EXPECT_EQ(alice.finish(), "0 " + at);
    EXPECT_EQ(carol.finish(), "0 0x58000000");
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, TwoThatActOnEachOtherBothSucceed) {
    const std::string hers = alice.allocate(1, anywhere_writable);
    for (int round = 0; round < 200; ++round) {
        const std::string there = plus(at, round * 8192L);
        alice.start("map " + bobs + " " + there + ",4096,1 self " + hers + ",4096,0");
        bob.start("allocate " + alices + " " + there + ",4096,1");
        EXPECT_EQ(word(alice.finish(), 0), "0");
        EXPECT_EQ(word(bob.finish(), 0), "0");
    }
    expect_agreement(alice, alices);
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, ATargetWithoutMappingsRefusesAndChangesNothing) {
    if (CHORUS_SANITIZED) GTEST_SKIP() << "the sanitizer's own allocator needs mappings";
    const std::string his = bob.allocate(5, anywhere_writable);
    bob("exhaust_mappings");
    const std::string before = site.chorus("regions --json").output;
    EXPECT_EQ(alice("free " + bobs + " " + plus(his, 8192) + ",4096,0"), status(K_ENOMEM));
    EXPECT_EQ(word(alice(into_bob), 0), status(K_ENOMEM));
    EXPECT_EQ(site.chorus("regions --json").output, before);
    EXPECT_EQ(bob("access " + plus(his, 8192)), "rw");
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, ATargetWithoutDescriptorsCanFollow) {
    bob("exhaust_descriptors");
    EXPECT_EQ(alice(into_bob), "0 " + at);
    EXPECT_EQ(bob("read " + at), "42");
    expect_agreement(bob, bobs);
}

TEST_F(ThirdParty, AProgramThatHasNotBegunIsWaitedFor) {
    const std::string child = word(bob("spawn 0 /bin/sleep 60"), 1);  // not ours: it will never begin
    EXPECT_EQ(word(hasty("allocate " + child + " " + at + ",4096,1"), 0), status(K_ETIMEOUT));
    for (int round = 0; round < 20; ++round) {
        const std::string quick = word(bob("spawn 0 " + program("puppet") + " asleep"), 1);
        EXPECT_EQ(alice("map " + quick + " " + at + ",4096,1 " + carols + " " + source + ",4096,0"), "0 " + at);
        alice("delete " + quick);
    }
}

}  // namespace
}  // namespace chorus::test
