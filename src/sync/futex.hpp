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
    // The deadline is on CLOCK_MONOTONIC; null means for ever.
    explicit FutexPlatform(const Words &words, const timespec *deadline = nullptr)
        : words_(words), deadline_(deadline) {}

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
    std::uint32_t round() {
        return __atomic_fetch_add(&words_.rounds, 1, __ATOMIC_RELAXED) & std::uint32_t{state::round_max};
    }

  private:
    enum class Polled { not_yet, going_on, in_vain };

    Words words_;
    const timespec *deadline_;
    Polled polled_ = Polled::not_yet;
    std::int64_t polling_since_ns_ = 0;
};

}  // namespace chorus::sync
