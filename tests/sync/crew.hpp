// Processes that share semaphores with the test: forked actors of the test's own site.
#pragma once

#include <chorus.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>

namespace chorus::test {

// Whether a thread of any process sleeps in the futex of a semaphore, as the system tells.
bool asleep_on(pid_t thread, const KnSem *sem);

// An actor that runs a function and ends. It ends with the test, however the test ends.
class Forked {
  public:
    explicit Forked(const std::function<void()> &work);
    ~Forked();
    Forked(const Forked &) = delete;
    Forked &operator=(const Forked &) = delete;

    pid_t pid() const { return pid_; }
    bool asleep_on(const KnSem *sem) const;
    void wait_until_asleep_on(const KnSem *sem) const;
    // How often its first thread has left a processor.
    long context_switches() const;
    void kill();

  private:
    pid_t pid_;
};

// Memory for a T that all actors forked from now on share. Lives as long as this object.
template <class T>
class SharedMemory {
  public:
    SharedMemory() {
        region_.size = (sizeof(T) + 4095) / 4096 * 4096;
        region_.options = K_ANYWHERE | K_WRITABLE | K_FILLZERO;
        EXPECT_EQ(rgnAllocate(K_MYACTOR, &region_), K_OK);
    }
    ~SharedMemory() {
        region_.options = 0;
        rgnFree(K_MYACTOR, &region_);
    }
    SharedMemory(const SharedMemory &) = delete;
    SharedMemory &operator=(const SharedMemory &) = delete;

    T *operator->() const { return reinterpret_cast<T *>(std::uintptr_t{region_.startAddr}); }

  private:
    KnRgnDesc region_{};
};

// How many tokens can be taken without waiting; they are gone then.
int tokens_in(KnSem &sem);

// A number of rounds, times CHORUS_ROUNDS where that is set.
int rounds(int few);

}  // namespace chorus::test
