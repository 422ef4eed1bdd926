// What a semaphore promises, over and over between real processes.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <random>
#include <thread>

#include "sync/crew.hpp"

namespace chorus::test {
namespace {

struct Semaphores {
    KnSem sem;
    KnSem go;
    KnSem report;
    KnSem turn[6];
    std::atomic<int> arrived;
    std::array<std::atomic<int>, 6> order;
    std::atomic<int> got;
};

// Takes its time, so that the two sides meet at other points each round.
void linger(int turns) {
    for (int i = 0; i < turns; ++i)
        __asm__ volatile("");
}

class Rounds : public testing::Test {
  protected:
    Rounds() {
        for (KnSem *sem : {&shared->sem, &shared->go, &shared->report})
            EXPECT_EQ(semInit(sem, 0), K_OK);
        for (KnSem &turn : shared->turn)
            EXPECT_EQ(semInit(&turn, 0), K_OK);
    }

    SharedMemory<Semaphores> shared;
};

TEST_F(Rounds, APosterThatAsksAgainAtOnceDoesNotGetPastASleeper) {
    const Forked sleeper([&] {
        for (;;) {
            semP(&shared->sem, K_NOTIMEOUT);
            semV(&shared->report);
        }
    });
    for (int round = 0; round < rounds(2'000); ++round) {
        sleeper.wait_until_asleep_on(&shared->sem);
        ASSERT_EQ(semV(&shared->sem), K_OK);
        ASSERT_EQ(semP(&shared->sem, K_NOBLOCK), K_ETIMEOUT) << "round " << round;
        ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK);
    }
}

class Six : public Rounds {
  protected:
    Six() {
        for (int i = 0; i < 6; ++i)
            sleepers.emplace_back([this, i] {
                for (;;) {
                    semP(&shared->turn[i], K_NOTIMEOUT);
                    semP(&shared->sem, K_NOTIMEOUT);
                    shared->order[static_cast<std::size_t>(shared->arrived++)] = i;
                    semV(&shared->report);
                }
            });
    }
    void all_to_sleep() {
        shared->arrived = 0;
        for (int i = 0; i < 6; ++i) {
            semV(&shared->turn[i]);
            sleepers[static_cast<std::size_t>(i)].wait_until_asleep_on(&shared->sem);
        }
    }
    void wake(int count) {
        for (int i = 0; i < count; ++i)
            ASSERT_EQ(semV(&shared->sem), K_OK);
        for (int i = 0; i < count; ++i)
            ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK);
    }

    std::deque<Forked> sleepers;
};

TEST_F(Six, SleepersAreWokenInOrderOneByOne) {
    for (int round = 0; round < rounds(1'000); ++round) {
        all_to_sleep();
        for (int i = 0; i < 6; ++i) {
            wake(1);
            ASSERT_EQ(shared->order[static_cast<std::size_t>(i)], i) << "round " << round;
        }
    }
}

// Of those woken together the system decides who runs first: it is the first three all the same.
TEST_F(Six, SleepersAreWokenInOrderInBursts) {
    for (int round = 0; round < rounds(1'000); ++round) {
        all_to_sleep();
        for (const int first : {0, 3}) {
            wake(3);
            for (int i = first; i < first + 3; ++i) {
                const int who = shared->order[static_cast<std::size_t>(i)];
                ASSERT_TRUE(who >= first && who < first + 3) << "round " << round << ", sleeper " << who;
            }
        }
        ASSERT_EQ(tokens_in(shared->sem), 0);
    }
}

TEST_F(Rounds, ATimeOutThatMeetsAVLosesNoTokenAndMakesNone) {
    const Forked waiter([&] {
        for (int round = 0;; ++round) {
            semP(&shared->go, K_NOTIMEOUT);
            KnTimeVal limit{0, round % 97 * 500};
            shared->got = semP(&shared->sem, &limit) == K_OK ? 1 : 0;
            semV(&shared->report);
        }
    });
    // Of a thousand rounds the V comes before the P in one and after it in another. In all others it may meet the P
    // anywhere.
    int in_time = 0;
    for (int round = 0; round < rounds(100'000); ++round) {
        const bool before = round % 1'000 == 0, after = round % 1'000 == 500;
        const auto give = [&](bool now) { return now ? semV(&shared->sem) : K_OK; };
        ASSERT_EQ(give(before), K_OK);
        ASSERT_EQ(semV(&shared->go), K_OK);
        linger(round % 89 * 100);
        ASSERT_EQ(give(!before && !after), K_OK);
        ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK);
        ASSERT_EQ(give(after), K_OK);
        ASSERT_TRUE(shared->got == 1 ? !after : !before) << "round " << round;
        ASSERT_EQ(tokens_in(shared->sem), shared->got == 1 ? 0 : 1) << "round " << round;
        in_time += shared->got;
    }
    RecordProperty("in_time", in_time);
}

void nothing(int) {}

TEST_F(Rounds, SignalsNeitherEndAWaitNorLengthenIt) {
    const Forked waiter([&] {
        struct sigaction action {};
        action.sa_handler = nothing;
        sigaction(SIGALRM, &action, nullptr);
        const itimerval each_ms{.it_interval = {0, 1'000}, .it_value = {0, 1'000}};
        setitimer(ITIMER_REAL, &each_ms, nullptr);
        timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        KnTimeVal limit{0, 300'000'000};
        const int status = semP(&shared->sem, &limit);
        clock_gettime(CLOCK_MONOTONIC, &after);
        const long taken_ns = (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec;
        shared->got = status == K_ETIMEOUT && taken_ns >= 300'000'000 ? static_cast<int>(taken_ns / 1'000'000) : -1;
        semV(&shared->report);
    });
    ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK);
    EXPECT_GE(shared->got, 300);
}

// The process is stopped and continued several times within the time of its P, until that is up. If the time began
// again after each stop, the test would not end.
TEST_F(Rounds, AStopDoesNotMoveTheDeadline) {
    const Forked waiter([&] {
        timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        KnTimeVal limit{0, 400'000'000};
        const int status = semP(&shared->sem, &limit);
        clock_gettime(CLOCK_MONOTONIC, &after);
        const std::int64_t taken_ns = (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec;
        shared->got = status == K_ETIMEOUT && taken_ns >= 400'000'000 ? 1 : 0;
        semV(&shared->report);
    });
    waiter.wait_until_asleep_on(&shared->sem);
    int reported = K_ETIMEOUT;
    do {
        ASSERT_EQ(kill(waiter.pid(), SIGSTOP), 0);
        siginfo_t about;
        ASSERT_EQ(waitid(P_PID, static_cast<id_t>(waiter.pid()), &about, WSTOPPED), 0);
        ASSERT_EQ(kill(waiter.pid(), SIGCONT), 0);
        KnTimeVal part{0, 50'000'000};
        reported = semP(&shared->report, &part);
    } while (reported == K_ETIMEOUT);
    ASSERT_EQ(reported, K_OK);
    EXPECT_EQ(shared->got, 1);
}

// A thread that is cancelled while it sleeps has taken nothing: the token goes to another one, or stays.
TEST_F(Rounds, AThreadThatIsCancelledInItsSleepTakesNoToken) {
    for (int round = 0; round < rounds(200); ++round) {
        ASSERT_EQ(semInit(&shared->sem, 0), K_OK);
        std::atomic<pid_t> number = 0;
        std::thread sleeper([&] {
            pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
            number = gettid();
            semP(&shared->sem, K_NOTIMEOUT);
        });
        while (number == 0 || !asleep_on(number, &shared->sem)) {
        }
        pthread_cancel(sleeper.native_handle());
        sleeper.join();
        ASSERT_EQ(semV(&shared->sem), K_OK);
        ASSERT_EQ(tokens_in(shared->sem), 1) << "round " << round;
    }
}

// A blocked thread that runs again, however briefly, has one more context switch when it is blocked again. Unlike the
// processor time, their number does not depend on the load of the machine.
TEST_F(Rounds, AThreadThatSleepsBurnsNoProcessor) {
    const Forked waiter([&] {
        KnTimeVal limit{3600, 0};
        semP(&shared->sem, &limit);
    });
    waiter.wait_until_asleep_on(&shared->sem);
    const long switches = waiter.context_switches();
    ASSERT_GT(switches, 0);
    const timespec while_it_sleeps{1, 0};
    nanosleep(&while_it_sleeps, nullptr);
    EXPECT_TRUE(waiter.asleep_on(&shared->sem));
    EXPECT_EQ(waiter.context_switches(), switches);
}

// Whatever lies there, a call comes back, says what it is, and touches nothing else.
TEST_F(Rounds, NoValueOfASemaphoreMakesACallHangOrCrash) {
    struct Guarded {
        KnSem before, sem, after;
    };
    std::mt19937_64 random(1);
    for (int round = 0; round < rounds(20'000); ++round) {
        auto &guarded = *reinterpret_cast<Guarded *>(shared->turn);
        std::uint64_t words[sizeof(Guarded) / 8];
        for (std::uint64_t &word : words)
            word = random();
        // States that look right are looked at more closely than others.
        constexpr std::uint64_t likely[] = {0, 1, 0x3fff'ffff, 0x4000'0000, 0x8000'0000, 0xc000'0000, 0xffff'ffff};
        if (round % 2 == 0) words[4] = (words[4] & ~0xffff'ffffUL) | likely[words[5] % std::size(likely)];
        if (round % 4 != 3) words[5] = (words[5] & ~0xffff'ffffUL) | K_KNSEM_MAGIC;
        std::memcpy(&guarded, words, sizeof guarded);
        KnTimeVal moment{0, 1};
        for (const int status : {semV(&guarded.sem), semP(&guarded.sem, K_NOBLOCK), semP(&guarded.sem, &moment)}) {
            ASSERT_TRUE(status == K_OK || status == K_EINVAL || status == K_ETIMEOUT) << status;
            ASSERT_TRUE(round % 4 != 3 || status == K_EINVAL) << "without the magic number";
        }
        ASSERT_EQ(std::memcmp(&guarded.before, words, sizeof(KnSem)), 0);
        ASSERT_EQ(std::memcmp(&guarded.after, words + 8, sizeof(KnSem)), 0);
    }
}

// Processes that give and take without end are killed at any point: what is left adds up.
TEST_F(Rounds, WhatIsLeftWhenTheKilledAreGoneAddsUp) {
    for (int round = 0; round < rounds(100); ++round) {
        ASSERT_EQ(semInit(&shared->sem, 0), K_OK);
        std::deque<Forked> givers;
        for (int i = 0; i < 2; ++i)
            givers.emplace_back([&] {
                semV(&shared->report);
                for (;;) {
                    semV(&shared->sem);
                    semP(&shared->sem, K_NOTIMEOUT);
                }
            });
        for (int i = 0; i < 2; ++i)
            ASSERT_EQ(semP(&shared->report, K_NOTIMEOUT), K_OK);
        linger(round * 1'000);
        for (Forked &giver : givers)
            giver.kill();
        // Each had given one more than it has taken, or as many.
        ASSERT_LE(tokens_in(shared->sem), 2);
        ASSERT_EQ(semV(&shared->sem), K_OK);
        ASSERT_EQ(tokens_in(shared->sem), 1);
    }
}

}  // namespace
}  // namespace chorus::test
