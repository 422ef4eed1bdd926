// The transitions of docs/semaphores.md, one by one, on a platform that the test plays itself.
#include "sync/semaphore.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

namespace chorus::sync {
namespace {

// One thread's view of the world. `between` runs before each step of the algorithm, as another thread might.
class Scripted {
  public:
    explicit Scripted(std::uint64_t &state) : state_(state) {}

    std::uint64_t load() {
        step();
        return state_;
    }
    bool exchange(std::uint64_t &expected, std::uint64_t to) {
        step();
        ++exchanges;
        if (state_ != expected) {
            expected = state_;
            return false;
        }
        state_ = to;
        return true;
    }
    bool wake_one() {
        step();
        ++wakes;
        if (asleep == 0) return false;
        --asleep;
        return true;
    }
    Slept sleep_while(std::uint32_t word) {
        step();
        ++sleeps;
        if (static_cast<std::uint32_t>(state_) != word) return Slept::changed;
        if (answers.empty()) {
            ADD_FAILURE() << "it would sleep for ever";
            return Slept::timed_out;
        }
        const Slept answer = answers.front();
        answers.pop_front();
        return answer;
    }

    bool changes(std::uint64_t &seen) {
        if (polls == 0) return false;
        --polls;
        step();
        const bool changed = state_ != seen;
        seen = state_;
        return changed;
    }
    std::uint32_t round() { return ++rounds; }

    int polls = 0;                              // how often it looks before it goes to sleep
    std::uint32_t rounds = 100;                 // of all posters so far
    int asleep = 0;                             // threads in the futex queue
    std::deque<Slept> answers;                  // how this thread's sleeps end
    std::deque<std::function<void()>> between;  // what others do before each step
    int exchanges = 0, wakes = 0, sleeps = 0;

  private:
    void step() {
        if (between.empty()) return;
        const auto others = between.front();
        between.pop_front();
        if (others) others();
    }

    std::uint64_t &state_;
};

constexpr auto nothing = nullptr;
constexpr std::uint64_t one_waits = state::announcement | state::sleepers;

class Semaphore : public testing::Test {
  protected:
    std::uint64_t state_word = 0;
    Scripted platform{state_word};
};

TEST_F(Semaphore, UncontendedIsOneExchangeEachAndNoSystemCall) {
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(state_word, 0u);
    EXPECT_EQ(platform.exchanges, 2);
    EXPECT_EQ(platform.wakes + platform.sleeps, 0);
}

TEST_F(Semaphore, WithoutATokenANewcomerAnnouncesItselfAndSleeps) {
    platform.answers = {Slept::woken};
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(state_word, 0u) << "woken: the token came by the wake; the last one opens the door";
}

TEST_F(Semaphore, WithoutATokenAndWithoutWaitingNothingChanges) {
    EXPECT_EQ(take(platform, Wait::no), Result::timed_out);
    EXPECT_EQ(state_word, 0u);
}

TEST_F(Semaphore, ATimeOutTakesNothing) {
    platform.answers = {Slept::interrupted, Slept::timed_out};
    EXPECT_EQ(take(platform, Wait::yes), Result::timed_out);
    EXPECT_EQ(platform.sleeps, 2) << "a signal does not end the wait";
}

TEST_F(Semaphore, HandsOverToASleeperWithoutTouchingTheWord) {
    state_word = one_waits;
    platform.asleep = 2;
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(platform.asleep, 1);
    EXPECT_EQ(platform.exchanges, 0);
    EXPECT_EQ(platform.wakes, 1);
}

TEST_F(Semaphore, KeepsTheTokenWhenTheAnnouncedSleeperIsGone) {
    state_word = one_waits;
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(state::word(state_word), 1u);
    EXPECT_EQ(platform.wakes, 2);
}

TEST_F(Semaphore, FindsTheOneWhoFellAsleepBetweenTheFirstLookAndTheClosing) {
    state_word = one_waits;
    platform.between = {nothing, nothing, [&] { platform.asleep = 1; }};
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(platform.asleep, 0) << "handed over";
    EXPECT_TRUE(state::is_closed(state_word)) << "left for the next P to open";
}

TEST_F(Semaphore, LooksAgainWhenTheDoorWasOpened) {
    state_word = one_waits;
    // load, wake, close, wake; then a P opens the door and falls asleep before the token is added.
    platform.between = {nothing, nothing, nothing, nothing, [&] {
                            state_word = one_waits;
                            platform.asleep = 1;
                        }};
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(platform.asleep, 0);
    EXPECT_EQ(state::word(state_word), state::sleepers) << "the token went with the wake";
}

// A door that another poster closed again looks the same but for its round: without one, a token would be left in a
// semaphore on which somebody sleeps.
TEST_F(Semaphore, LooksAgainWhenTheDoorWasOpenedAndClosedByAnotherWhoDied) {
    struct Killed {};
    state_word = one_waits;
    const auto others = [&] {
        state_word = one_waits;  // a P opens the door
        Scripted second{state_word};
        second.rounds = platform.rounds;
        // The second poster looks in vain, the P falls asleep, and the poster dies when it has closed the door.
        second.between = {nothing, nothing, [&] { platform.asleep = 1; }, [] { throw Killed(); }};
        EXPECT_THROW(give(second), Killed);
        ASSERT_TRUE(state::is_closed(state_word));
    };
    // load, wake, close, wake; then the others, before the token is added.
    platform.between = {nothing, nothing, nothing, nothing, others};
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(platform.asleep, 0) << "the sleeper has the token";
    EXPECT_TRUE(state::is_closed(state_word));
}

TEST_F(Semaphore, ANewcomerOpensADoorThatADeadPosterLeftClosed) {
    state_word = state::announcement | state::closed | 100;
    platform.answers = {Slept::woken};
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(state_word, one_waits) << "of the dead one";
}

TEST_F(Semaphore, APosterFinishesWhatADeadOneBegan) {
    state_word = state::closed;
    EXPECT_EQ(give(platform), Result::ok);
    EXPECT_EQ(state_word, 1u);
}

TEST_F(Semaphore, ATokenThatComesBeforeTheSleepIsTaken) {
    // load, announce, and before the sleep a poster adds its token.
    platform.between = {nothing, nothing, [&] { state_word = 1; }};
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(state::word(state_word), 0u);
}

TEST_F(Semaphore, WhoPollsTakesATokenWithoutSleeping) {
    platform.polls = 3;
    // load, and before the first look a poster adds its token.
    platform.between = {nothing, [&] { state_word = 1; }};
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(platform.sleeps, 0);
    EXPECT_EQ(state::word(state_word), 0u);
}

TEST_F(Semaphore, WhoPollsDoesNotGetPastASleeper) {
    state_word = one_waits;
    platform.polls = 3;
    platform.answers = {Slept::woken};
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
    EXPECT_EQ(platform.polls, 3) << "somebody sleeps already";
}

TEST_F(Semaphore, AFullOneRefusesAndChangesNothing) {
    state_word = state::tokens_max;
    EXPECT_EQ(give(platform), Result::full);
    EXPECT_EQ(state_word, state::tokens_max);
    EXPECT_EQ(take(platform, Wait::yes), Result::ok);
}

TEST_F(Semaphore, WordsThatNoTransitionMakesAreNoSemaphore) {
    for (const std::uint64_t word : {state::posting, state::posting | 1, state::sleepers | 1, state::sleepers | 2,
                                     state::closed | (state::round_max + 1), state::word_mask}) {
        state_word = word;
        EXPECT_EQ(take(platform, Wait::yes), Result::not_a_semaphore) << std::hex << word;
        EXPECT_EQ(give(platform), Result::not_a_semaphore) << std::hex << word;
        EXPECT_EQ(state_word, word);
    }
}

}  // namespace
}  // namespace chorus::sync
