// What lies at the start of a page that two processes share: two semaphores on which they wake each other in turn, for
// KnSem and sem_t alike. Each has a cache line of its own.
#pragma once

#include <atomic>

namespace chorus::bench {

template <class Semaphore>
struct SemaphorePair {
    alignas(64) Semaphore there;
    alignas(64) Semaphore back;
    alignas(64) std::atomic<bool> ending;  // set before the last V of `there`
};

static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace chorus::bench
