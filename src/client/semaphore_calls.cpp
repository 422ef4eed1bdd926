// The semaphore calls of <sync/chSem.h>.
#include <sync/chSem.h>

#include <cstddef>
#include <ctime>
#include <limits>

#include "client/export.hpp"
#include "client/user_memory.hpp"
#include "sync/futex.hpp"

using namespace chorus::client;
namespace sync = chorus::sync;

static_assert(K_KNSEM_COUNTMAX == sync::state::tokens_max);
static_assert(sizeof(KnSem) == 32 && offsetof(KnSem, knState) == 0 && alignof(KnSem) == 8);

namespace {

constexpr long nanoseconds_per_second = 1'000'000'000;

// K_OK where *sem can be used and says that it is a semaphore.
inline int look_at(KnSem *sem) {
    if (!known_writable(sem, sizeof *sem)) return K_EFAULT;
    if (reinterpret_cast<std::uintptr_t>(sem) % alignof(KnSem) != 0) return K_EINVAL;
    return __atomic_load_n(&sem->knMagic, __ATOMIC_RELAXED) == K_KNSEM_MAGIC ? K_OK : K_EINVAL;
}

std::uint64_t &state_of(KnSem *sem) {
    return reinterpret_cast<std::uint64_t &>(sem->knState);
}

int status_of(sync::Result result) {
    switch (result) {
        case sync::Result::ok:
            return K_OK;
        case sync::Result::timed_out:
            return K_ETIMEOUT;
        case sync::Result::not_a_semaphore:
        case sync::Result::full:
            break;
    }
    return K_EINVAL;
}

// The point of the monotonic clock that lies an interval ahead; false where no clock will reach it.
bool deadline_after(const KnTimeVal &interval, timespec &deadline) {
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    if (interval.tmSec > std::numeric_limits<time_t>::max() - deadline.tv_sec - 1) return false;
    deadline.tv_sec += interval.tmSec;
    deadline.tv_nsec += interval.tmNSec;
    if (deadline.tv_nsec >= nanoseconds_per_second) {
        deadline.tv_nsec -= nanoseconds_per_second;
        ++deadline.tv_sec;
    }
    return true;
}

int take_within(KnSem *sem, const KnTimeVal &interval) {
    timespec deadline;
    if (interval.tmSec == 0 && interval.tmNSec == 0) {
        sync::FutexPlatform platform(state_of(sem));
        return status_of(sync::take(platform, sync::Wait::no));
    }
    if (!deadline_after(interval, deadline)) {
        sync::FutexPlatform platform(state_of(sem));
        return status_of(sync::take(platform, sync::Wait::yes));
    }
    sync::FutexPlatform platform(state_of(sem), deadline);
    return status_of(sync::take(platform, sync::Wait::yes));
}

}  // namespace

CHORUS_EXPORT int semInit(KnSem *sem, unsigned int count) {
    if (!writable(sem, sizeof *sem)) return K_EFAULT;
    if (reinterpret_cast<std::uintptr_t>(sem) % alignof(KnSem) != 0 || count > K_KNSEM_COUNTMAX) return K_EINVAL;
    *sem = {};
    __atomic_store_n(&sem->knState, count, __ATOMIC_RELAXED);
    __atomic_store_n(&sem->knMagic, K_KNSEM_MAGIC, __ATOMIC_RELEASE);
    return K_OK;
}

CHORUS_EXPORT int semP(KnSem *sem, KnTimeVal *waitLimit) {
    if (waitLimit == K_NOTIMEOUT) {
        if (const int status = look_at(sem); status != K_OK) return status;
        sync::FutexPlatform platform(state_of(sem));
        return status_of(sync::take(platform, sync::Wait::yes));
    }
    KnTimeVal interval{0, 0};
    const int status = look_at(sem);
    if (status == K_EFAULT) return status;
    if (waitLimit != K_NOBLOCK) {
        if (!readable(waitLimit, sizeof *waitLimit)) return K_EFAULT;
        interval = *waitLimit;
        if (interval.tmSec < 0 || interval.tmNSec < 0 || interval.tmNSec >= nanoseconds_per_second) return K_EINVAL;
    }
    return status == K_OK ? take_within(sem, interval) : status;
}

CHORUS_EXPORT int semV(KnSem *sem) {
    if (const int status = look_at(sem); status != K_OK) return status;
    sync::FutexPlatform platform(state_of(sem));
    return status_of(sync::give(platform));
}
