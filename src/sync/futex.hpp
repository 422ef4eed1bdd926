// The platform of the semaphore algorithm in a process: atomics on shared memory, and the Linux futex.
#pragma once

#include <ctime>

#include <cstdint>

#include "sync/semaphore.hpp"

namespace chorus::sync {

// The two words of a semaphore that the algorithm uses, in memory that may be shared with other processes.
struct Words {
    std::uint64_t &state;  // aligned to 8 bytes
    std::uint32_t &rounds;
};

class FutexPlatform {
  public:
    // `taker`, in the high half, is shown to people as who has a token. The deadline is on CLOCK_MONOTONIC; null means for ever.
    FutexPlatform(const Words &words, std::uint64_t taker, const timespec *deadline = nullptr)
        : words_(words), taker_(taker), deadline_(deadline) {}

    // Acquire, with the release of whoever changed the state before: what was written before a V is there after the P
    // that took its token. Both for every exchange, for a P gives way to a later V as well (a lock is taken and given).
    std::uint64_t load() const { return __atomic_load_n(&words_.state, __ATOMIC_ACQUIRE); }
    bool exchange(std::uint64_t &expected, std::uint64_t to) {
        return __atomic_compare_exchange_n(&words_.state, &expected, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
    bool changes(std::uint64_t &seen);
    bool wake_one();
    Slept sleep_while(std::uint32_t word);
    // Relaxed: that no number is given twice is all that matters.
    std::uint32_t round() { return __atomic_fetch_add(&words_.rounds, 1, __ATOMIC_RELAXED); }
    std::uint64_t taker() const { return taker_; }

  private:
    Words words_;
    std::uint64_t taker_;
    const timespec *deadline_;
    // Some 10 microseconds in all, about what it costs to sleep and to be woken.
    static constexpr int polls_max = 256;
    int polls_left_ = polls_max;
};

}  // namespace chorus::sync
