// The platform of the semaphore algorithm in a process: atomics on shared memory, and the Linux futex.
#pragma once

#include <ctime>

#include <cstdint>

#include "sync/semaphore.hpp"

namespace chorus::sync {

class FutexPlatform {
  public:
    // `state` is aligned to 8 bytes and may be shared with other processes. The deadline is on CLOCK_MONOTONIC; null
    // means for ever.
    explicit FutexPlatform(std::uint64_t &state, const timespec *deadline = nullptr)
        : state_(state), deadline_(deadline) {}

    std::uint64_t load() const { return __atomic_load_n(&state_, __ATOMIC_ACQUIRE); }
    bool exchange(std::uint64_t &expected, std::uint64_t to) {
        return __atomic_compare_exchange_n(&state_, &expected, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
    bool wake_one();
    Slept sleep_while(std::uint32_t word);

  private:
    std::uint64_t &state_;
    const timespec *deadline_;
};

}  // namespace chorus::sync
