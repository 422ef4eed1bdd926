// What a waiter learns from looking in vain, and from finding what it waits for. How long it looks is not tested here.
#include "sync/polling.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace chorus::test {
namespace {

using sync::Polling;

constexpr auto never = [] { return false; };

// Waits that go by before it is worth a try again.
int left_out(Polling &polling) {
    int waits = 0;
    while (!polling.worth_a_try())
        ++waits;
    return waits;
}

TEST(Polling, IsNotTriedByWhoHasOnlyBegun) {
    Polling polling;
    EXPECT_EQ(left_out(polling), 4);
}

TEST(Polling, AfterEachTimeInVainTwiceAsManyWaitsGoByWithoutIt) {
    Polling polling;
    int expected = 0;
    for (int times = 0; times < 14; ++times) {
        EXPECT_FALSE(polling.look(never));
        expected = std::min(2 * expected + 1, 2047);
        EXPECT_EQ(left_out(polling), expected);
    }
}

TEST(Polling, ThatPaysIsTriedEachTime) {
    Polling polling;
    for (int times = 0; times < 5; ++times)
        EXPECT_FALSE(polling.look(never));
    int looks = 0;
    EXPECT_TRUE(polling.look([&] { return ++looks == 2; }));
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(left_out(polling), 0);
    EXPECT_FALSE(polling.look(never));
    EXPECT_EQ(left_out(polling), 1) << "what was in vain before is forgotten";
}

TEST(Polling, WhatIsThereAtOnceTeachesNothing) {
    Polling polling;
    EXPECT_FALSE(polling.look(never));
    EXPECT_FALSE(polling.look(never));
    EXPECT_TRUE(polling.look([] { return true; }));
    EXPECT_EQ(left_out(polling), 3);
    EXPECT_FALSE(polling.look(never));
    EXPECT_EQ(left_out(polling), 7);
}

TEST(Polling, LooksLongerWhereItIsNotKnownThatTheOtherRuns) {
    Polling polling;
    for (int times = 0; times < 200; ++times)
        polling.note_paid(0);
    const auto usual = polling.limit_ns();
    polling.note_in_vain();
    EXPECT_GT(polling.limit_ns(), usual);
}

}  // namespace
}  // namespace chorus::test
