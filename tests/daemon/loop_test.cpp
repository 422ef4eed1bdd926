// Who is called when, and what is remembered of wasted time.
#include "daemon/loop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "daemon/waste.hpp"

namespace chorus::daemon {
namespace {

using namespace std::chrono_literals;

// A descriptor that can always be read.
struct Readable {
    Readable() {
        int ends[2];
        if (pipe(ends) != 0 || write(ends[1], "x", 1) != 1) std::abort();
        from = wire::Descriptor(ends[0]);
        to = wire::Descriptor(ends[1]);
    }
    int number() const { return from.get(); }
    wire::Descriptor from, to;
};

class Rounds : public testing::Test {
  protected:
    // Whenever it is called, its letter is written down.
    void watch(const Readable &readable, char letter, Place place) {
        loop.watch(
            readable.number(), [this, letter] { called += letter; }, place);
    }
    // At the front; `at_round` is told how many rounds there were before.
    void count_rounds(int count, const std::function<void(int)> &at_round) {
        loop.watch(clock.number(), [this, count, at_round] {
            at_round(rounds_);
            called += '|';
            if (++rounds_ == count) loop.stop();
        });
        loop.run();
    }
    static void nothing(int) {}

    Loop loop;
    Readable clock, one, another, third;
    std::string called;

  private:
    int rounds_ = 0;
};

TEST_F(Rounds, AllAtTheFrontAndOneAtTheBackInTurn) {
    watch(one, 'a', Place::front);
    watch(another, 'b', Place::back);
    watch(third, 'c', Place::back);
    count_rounds(40, nothing);
    const auto times = [&](char letter) { return std::count(called.begin(), called.end(), letter); };
    EXPECT_NEAR(times('a'), 40, 1) << called;
    EXPECT_NEAR(times('b'), 20, 1) << called;
    EXPECT_NEAR(times('c'), 20, 1) << called;
}

// Among more than the system tells of at once, and watched after them.
TEST_F(Rounds, EndsAndOneAtTheBackAreCalledInEachRoundOfACrowd) {
    std::vector<Readable> crowd(100);
    for (const Readable &member : crowd)
        watch(member, 'f', Place::front);
    watch(one, 'b', Place::back);
    watch(another, 'e', Place::end);
    count_rounds(40, nothing);
    const auto times = [&](char letter) { return std::count(called.begin(), called.end(), letter); };
    EXPECT_EQ(called.front(), 'e') << called;
    EXPECT_LE(times('f'), 64 * times('e')) << called;
    EXPECT_LE(times('f'), 64 * (times('b') + 1)) << "the last round may have been cut off: " << called;
}

TEST_F(Rounds, WhoIsNotListenedToIsCalledWhenTheOtherEndIsGone) {
    watch(one, 'a', Place::front);
    watch(another, 'b', Place::back);
    const auto both = [&] {
        return std::count(called.begin(), called.end(), 'a') * std::count(called.begin(), called.end(), 'b');
    };
    const auto listen = [&](Listen what) {
        loop.listen(one.number(), what);
        loop.listen(another.number(), what);
        called.clear();
    };
    listen(Listen::to_its_end);
    count_rounds(40, [&](int round) {
        if (round == 10) {
            EXPECT_EQ(called.find_first_of("ab"), std::string::npos) << called;
            listen(Listen::to_all);
        } else if (round == 20) {
            EXPECT_NE(both(), 0) << called;
            listen(Listen::to_its_end);
        } else if (round == 30) {
            EXPECT_EQ(called.find_first_of("ab"), std::string::npos) << called;
            one.to.reset();
            another.to.reset();
        }
    });
    EXPECT_NE(both(), 0) << called;
}

TEST_F(Rounds, WhoTakesTheNumberOfAForgottenOneIsNotCalledForIt) {
    // Both are told of in one round. Whoever is called first gives the other's number to a pipe that nobody writes to.
    wire::Descriptor waiting;
    const auto replace = [&](Readable &other) {
        if (waiting) return;
        loop.forget(other.number());
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        ASSERT_EQ(dup2(ends[0], other.number()), other.number());
        close(ends[0]);
        waiting = wire::Descriptor(ends[1]);
        loop.watch(other.number(), [this] { called += 'x'; });
    };
    loop.watch(one.number(), [&] { replace(another); });
    loop.watch(another.number(), [&] { replace(one); });
    count_rounds(10, nothing);
    EXPECT_TRUE(waiting);
    EXPECT_EQ(called.find('x'), std::string::npos) << called;
}

TEST_F(Rounds, NobodyAtTheBackWhileItIsClosed) {
    watch(one, 'b', Place::back);
    loop.close_back();
    count_rounds(20, [&](int round) {
        EXPECT_EQ(loop.back_is_open(), round > 10);
        if (round > 10) return;
        EXPECT_EQ(called.find('b'), std::string::npos) << called;
        if (round == 10) loop.open_back();
    });
    EXPECT_NE(called.find('b'), std::string::npos) << called;
}

TEST_F(Rounds, WhoIsMovedHasItsPlaceFromThenOn) {
    watch(one, 'a', Place::front);
    watch(another, 'b', Place::back);
    loop.close_back();
    EXPECT_TRUE(loop.move(one.number(), Place::back));
    EXPECT_TRUE(loop.move(another.number(), Place::front));
    count_rounds(10, nothing);
    EXPECT_EQ(called.find('a'), std::string::npos) << called;
    EXPECT_NE(called.find('b'), std::string::npos) << called;
}

TEST_F(Rounds, WhoIsForgottenAtTheBackIsNotCalled) {
    watch(one, 'b', Place::back);
    loop.forget(one.number());
    count_rounds(10, nothing);
    EXPECT_EQ(called, "||||||||||");
}

TEST(Waste, IsForgottenAsTimePasses) {
    Waste waste(10, 1ms);
    const Waste::Clock::time_point start{1h};
    waste.add(100us, start);
    EXPECT_EQ(waste.left(start), 100us);
    EXPECT_EQ(waste.time_to_forget(start), 1ms);
    EXPECT_EQ(waste.left(start + 400us), 60us);
    waste.add(40us, start + 400us);
    EXPECT_EQ(waste.left(start + 400us), 100us);
    EXPECT_EQ(waste.left(start + 1s), 0us);
}

TEST(Waste, IsRememberedUpToABound) {
    Waste waste(10, 1ms);
    const Waste::Clock::time_point start{1h};
    waste.add(1s, start);
    EXPECT_EQ(waste.left(start), 1ms);
    EXPECT_EQ(waste.left(start + 10ms), 0ms);
}

}  // namespace
}  // namespace chorus::daemon
