// Semaphores in C++: alone, refused, and between processes.
#include <gtest/gtest.h>
#include <unistd.h>
#include <chorus/chorus.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <thread>

#include "cxx/partner.hpp"
#include "cxx/shared.hpp"
#include "worlds/process_state.hpp"

namespace chorus::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(CxxSemaphore, CountsTokens) {
    Semaphore semaphore(2);
    semaphore.wait();
    EXPECT_TRUE(semaphore.try_wait());
    EXPECT_FALSE(semaphore.try_wait());
    semaphore.signal();
    EXPECT_TRUE(semaphore.wait_for(1h));
}

TEST(CxxSemaphore, WaitsAsLongAsItIsToldAndNotShorter) {
    Semaphore semaphore(0);
    const auto start = Clock::now();
    EXPECT_FALSE(semaphore.wait_for(20ms));
    EXPECT_GE(Clock::now() - start, 20ms);
    EXPECT_FALSE(semaphore.wait_for(0s));
    EXPECT_FALSE(semaphore.wait_for(-1s));
    EXPECT_FALSE(semaphore.wait_for(std::chrono::duration<double>(0.001)));
    EXPECT_FALSE(semaphore.wait_for(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())));
    EXPECT_FALSE(semaphore.wait_for(std::chrono::duration<long, std::femto>(1)));
}

TEST(CxxSemaphore, ATimeThatNoClockReachesIsLong) {
    Semaphore semaphore(0);
    std::thread giver([&] {
        while (!sim::asleep_in_futex(getpid(), reinterpret_cast<std::uintptr_t>(semaphore.c_sem()))) {
        }
        semaphore.signal();
        semaphore.signal();
    });
    EXPECT_TRUE(semaphore.wait_for(std::chrono::hours::max()));
    EXPECT_TRUE(semaphore.wait_for(std::chrono::nanoseconds::max()));
    giver.join();
}

TEST(CxxSemaphore, Refusals) {
    EXPECT_THROW(Semaphore(K_KNSEM_COUNTMAX + 1), std::system_error);
    const Region region = Region::allocate(1);
    auto &none = region.as<Semaphore>().front();  // all zero
    std::error_code error;
    none.signal(error);
    EXPECT_EQ(error, Status::invalid);
    none.wait(error);
    EXPECT_EQ(error, Status::invalid);
    EXPECT_FALSE(none.try_wait(error));
    EXPECT_EQ(error, Status::invalid);
    EXPECT_THROW(none.wait_for(1ms), std::system_error);

    auto &semaphore = *std::construct_at(&none, 0u);
    EXPECT_FALSE(semaphore.try_wait(error));
    EXPECT_FALSE(error) << "no token is an answer, not a refusal";
    const Region seen = Region::map_from(Actor::self(), region.range(), {.protection = Protection::read});
    seen.as<Semaphore>().front().signal(error);
    EXPECT_EQ(error, Status::fault);
}

TEST(CxxSemaphore, IsTheOneOfTheCInterface) {
    const Region region = Region::allocate(1);
    auto *sem = region.as<KnSem>().data();
    ASSERT_EQ(semInit(sem, 0), K_OK);
    auto &semaphore = region.as<Semaphore>().front();
    semaphore.signal();
    EXPECT_EQ(semP(sem, K_NOBLOCK), K_OK);
    EXPECT_EQ(semV(semaphore.c_sem()), K_OK);
    EXPECT_TRUE(semaphore.try_wait());
}

TEST(CxxSemaphore, BetweenProcessesAtDifferentAddresses) {
    const Region region = Region::allocate(sizeof(Shared));
    auto &shared = *std::construct_at(region.as<Shared>().data());
    std::vector<std::string> arguments = Actor::self().capability().words();
    arguments.insert(arguments.begin(), "answer");
    arguments.push_back(std::to_string(region.range().start));
    const Actor other = Actor::spawn(partner(), arguments);
    EXPECT_FALSE(shared.answered.try_wait());
    shared.asked.signal();
    ASSERT_TRUE(shared.answered.wait_for(60s));
    EXPECT_STREQ(shared.text, "I am another");
    EXPECT_NE(shared.address_in_partner, region.range().start);
    EXPECT_EQ(other.await(), (Ending{Ending::Manner::exited, 0}));
}

}  // namespace
}  // namespace chorus::test
