// The semaphore calls of <sync/chSem.h>.
#define CHORUS_SEM_CALLS
#include <sync/chSem.h>
#include <sync/chSemQuick.h>

#include <cstddef>
#include <ctime>
#include <limits>

#include "client/export.hpp"
#include "client/sleepers.hpp"
#include "client/thread_id.hpp"
#include "client/user_memory.hpp"
#include "sync/futex.hpp"

using namespace chorus::client;
namespace semaphore = chorus::sync;

static_assert(sizeof(KnSem) == 32 && offsetof(KnSem, knState) == 0 && alignof(KnSem) == 8);

namespace {

constexpr long nanoseconds_per_second = 1'000'000'000;

// K_OK where *sem can be used and says that it is a semaphore.
inline int look_at(KnSem *sem) {
    if (!known_writable(sem, sizeof *sem)) return K_EFAULT;
    if (reinterpret_cast<std::uintptr_t>(sem) % alignof(KnSem) != 0) return K_EINVAL;
    return __atomic_load_n(&sem->knMagic, __ATOMIC_RELAXED) == K_KNSEM_MAGIC ? K_OK : K_EINVAL;
}

semaphore::Words words_of(KnSem *sem) {
    return {reinterpret_cast<std::uint64_t &>(sem->knState), sem->knRounds};
}

// What a thread does when a signal handler has run while it slept.
enum class OnSignal { sleep_on, end };

// Says for others to see that this thread sleeps, and copes with memory that was freed meanwhile.
class Platform : public semaphore::FutexPlatform {
  public:
    explicit Platform(KnSem *sem, const timespec *deadline = nullptr, OnSignal on_signal = OnSignal::sleep_on)
        : FutexPlatform(words_of(sem), deadline), sem_(sem), on_signal_(on_signal) {}

    // After a sleep the memory may be gone: that is no semaphore.
    std::uint64_t load() const {
        return slept_ && !known_writable(sem_, sizeof *sem_) ? semaphore::state::posting : FutexPlatform::load();
    }
    semaphore::Slept sleep_while(std::uint32_t word) {
        slept_ = true;
        const Asleep shown(sem_, since_ns_);
        const semaphore::Slept slept = FutexPlatform::sleep_while(word);
        if (slept != semaphore::Slept::interrupted || on_signal_ == OnSignal::sleep_on) return slept;
        // A sleeper that a signal has woken has no token, exactly as one whose time is up.
        ended_by_signal_ = true;
        return semaphore::Slept::timed_out;
    }
    bool ended_by_signal() const { return ended_by_signal_; }

  private:
    KnSem *sem_;
    OnSignal on_signal_;
    bool ended_by_signal_ = false;
    bool slept_ = false;
    std::uint64_t since_ns_ = 0;
};

int status_of(semaphore::Result result) {
    switch (result) {
        case semaphore::Result::ok:
            return K_OK;
        case semaphore::Result::timed_out:
            return K_ETIMEOUT;
        case semaphore::Result::not_a_semaphore:
        case semaphore::Result::full:
            break;
    }
    return K_EINVAL;
}

int taken(KnSem *sem, semaphore::Result result) {
    if (result == semaphore::Result::ok && known_writable(sem, sizeof *sem))
        __atomic_store_n(&sem->knTaker, this_thread_id(), __ATOMIC_RELAXED);  // for people to see
    return status_of(result);
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

int take_until(KnSem *sem, const timespec *deadline, semaphore::Wait wait, OnSignal on_signal) {
    Platform platform(sem, deadline, on_signal);
    const int status = taken(sem, semaphore::take(platform, wait));
    return status == K_ETIMEOUT && platform.ended_by_signal() ? K_EABORT : status;
}

int take_within(KnSem *sem, const KnTimeVal &interval, OnSignal on_signal) {
    const bool wait = interval.tmSec != 0 || interval.tmNSec != 0;
    timespec deadline;
    const bool ends = wait && deadline_after(interval, deadline);
    return take_until(sem, ends ? &deadline : nullptr, wait ? semaphore::Wait::yes : semaphore::Wait::no, on_signal);
}

int take(KnSem *sem, const KnTimeVal *limit, OnSignal on_signal) {
    const int status = look_at(sem);
    if (status == K_EFAULT) return status;
    if (limit == K_NOTIMEOUT)
        return status == K_OK ? take_until(sem, nullptr, semaphore::Wait::yes, on_signal) : status;
    KnTimeVal interval{0, 0};
    if (limit != K_NOBLOCK) {
        if (!readable(limit, sizeof *limit)) return K_EFAULT;
        interval = *limit;
        if (interval.tmSec < 0 || interval.tmNSec < 0 || interval.tmNSec >= nanoseconds_per_second) return K_EINVAL;
    }
    return status == K_OK ? take_within(sem, interval, on_signal) : status;
}

}  // namespace

CHORUS_EXPORT int _chorusTakeSlowly(KnSem *sem, KnTimeVal *limit) {
    return take(sem, limit, OnSignal::sleep_on);
}

// For Semaphore.acquire of the Python package: semP that also ends, with K_EABORT, when a signal handler has run in the
// sleeping thread. It stores the status, because the interpreter may raise an exception before it sees a returned one.
CHORUS_EXPORT void _chorusTakeUntilSignal(KnSem *sem, KnTimeVal *limit, int *status) {
    *status = take(sem, limit, OnSignal::end);
}

CHORUS_EXPORT int _chorusGiveSlowly(KnSem *sem) {
    if (const int status = look_at(sem); status != K_OK) return status;
    Platform platform(sem);
    return status_of(semaphore::give(platform));
}

CHORUS_EXPORT int semInit(KnSem *sem, unsigned int count) {
    if (!writable(sem, sizeof *sem)) return K_EFAULT;
    if (reinterpret_cast<std::uintptr_t>(sem) % alignof(KnSem) != 0 || count > K_KNSEM_COUNTMAX) return K_EINVAL;
    *sem = {};
    __atomic_store_n(&sem->knState, count, __ATOMIC_RELAXED);
    __atomic_store_n(&sem->knMagic, K_KNSEM_MAGIC, __ATOMIC_RELEASE);
    return K_OK;
}

CHORUS_EXPORT int semP(KnSem *sem, KnTimeVal *waitLimit) {
    return _chorusTake(sem, waitLimit);
}

CHORUS_EXPORT int semV(KnSem *sem) {
    return _chorusGive(sem);
}
