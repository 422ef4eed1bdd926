// Locks in shared memory, and the deaths of those that hold them.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chorus/region.hpp>
#include <chorus/robust_mutex.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

namespace chorus::test {
namespace {

using namespace std::chrono_literals;

template <class Mutex>
class RobustMutexes : public testing::Test {
  protected:
    // An actor takes the lock, so many times, and is killed.
    void die_with_it(int times = 1) {
        const pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < times; ++i)
                mutex.lock();
            raise(SIGKILL);
        }
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status));
    }
    // Whether another actor could take it now.
    bool is_free() {
        const pid_t child = fork();
        if (child == 0) {
            const bool got = mutex.try_lock();
            if (got) mutex.unlock();
            _exit(got ? 0 : 1);
        }
        int status = 1;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return status == 0;
    }

    Region region = Region::allocate(sizeof(Mutex));
    Mutex &mutex = *std::construct_at(region.as<Mutex>().data());
};
using Types = testing::Types<robust_mutex, recursive_robust_mutex>;
TYPED_TEST_SUITE(RobustMutexes, Types);

TYPED_TEST(RobustMutexes, OneActorHoldsIt) {
    {
        const std::lock_guard lock(this->mutex);
        EXPECT_FALSE(this->mutex.abandoned());
        EXPECT_FALSE(this->is_free());
    }
    EXPECT_TRUE(this->is_free());
    const std::unique_lock lock(this->mutex, 1h);
    EXPECT_TRUE(lock.owns_lock());
    EXPECT_FALSE(this->is_free());
}

TYPED_TEST(RobustMutexes, TheNextHolderIsToldOfADeathUntilItHasRepaired) {
    this->die_with_it();
    this->mutex.lock();
    EXPECT_TRUE(this->mutex.abandoned());
    this->mutex.unlock();
    this->mutex.lock();
    EXPECT_TRUE(this->mutex.abandoned()) << "nobody has repaired";
    this->mutex.repaired();
    EXPECT_FALSE(this->mutex.abandoned());
    this->mutex.unlock();
    EXPECT_TRUE(this->is_free());
    this->mutex.lock();
    EXPECT_FALSE(this->mutex.abandoned());
    this->mutex.unlock();
}

TYPED_TEST(RobustMutexes, EveryWayToLockTellsOfADeath) {
    this->die_with_it();
    ASSERT_TRUE(this->mutex.try_lock());
    EXPECT_TRUE(this->mutex.abandoned());
    this->mutex.repaired();
    this->mutex.unlock();
    this->die_with_it();
    ASSERT_TRUE(this->mutex.try_lock_for(0s));
    EXPECT_TRUE(this->mutex.abandoned());
    this->mutex.unlock();
    this->die_with_it();
    this->die_with_it();
    ASSERT_TRUE(this->mutex.try_lock_until(std::chrono::steady_clock::now() - 1h));
    EXPECT_TRUE(this->mutex.abandoned());
    this->mutex.unlock();
}

// One that sleeps already is woken by the death.
TYPED_TEST(RobustMutexes, WhoWaitsGetsItWhenTheHolderDies) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        this->mutex.lock();
        EXPECT_EQ(write(ready[1], "", 1), 1);
        pause();
    }
    char byte;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    std::thread waiter([&] {
        this->mutex.lock();
        EXPECT_TRUE(this->mutex.abandoned());
        this->mutex.unlock();
    });
    EXPECT_FALSE(this->is_free());
    kill(holder, SIGKILL);
    waiter.join();
    EXPECT_EQ(waitpid(holder, nullptr, 0), holder);
    close(ready[0]);
    close(ready[1]);
}

TYPED_TEST(RobustMutexes, GivesUpInTime) {
    this->mutex.lock();
    std::thread([&] {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_FALSE(this->mutex.try_lock_for(20ms));
        EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
        EXPECT_FALSE(this->mutex.try_lock_for(-1s));
    }).join();
    this->mutex.unlock();
}

TEST(RecursiveRobustMutex, OneThreadLocksItTwice) {
    recursive_robust_mutex mutex;
    mutex.lock();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
    std::thread([&] { EXPECT_FALSE(mutex.try_lock()); }).join();
    mutex.unlock();
    std::thread([&] {
        EXPECT_TRUE(mutex.try_lock());
        mutex.unlock();
    }).join();
}

TEST(SemaphoreLock, LocksForGuards) {
    Semaphore semaphore(1);
    semaphore_lock lock(semaphore);
    {
        const std::lock_guard guard(lock);
        EXPECT_FALSE(lock.try_lock());
        EXPECT_FALSE(lock.try_lock_for(1ms));
        EXPECT_FALSE(lock.try_lock_until(std::chrono::system_clock::now() + 1ms));
    }
    const std::unique_lock guard(lock, std::try_to_lock);
    EXPECT_TRUE(guard.owns_lock());
    EXPECT_FALSE(semaphore.try_wait());
}

TEST(SemaphoreLock, SaysWhatIsNoSemaphore) {
    alignas(Semaphore) char zero[sizeof(Semaphore)] = {};
    semaphore_lock lock(*reinterpret_cast<Semaphore *>(zero));
    EXPECT_THROW(lock.lock(), std::system_error);
}

}  // namespace
}  // namespace chorus::test
