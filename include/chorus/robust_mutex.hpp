// Mutexes that survive the death of their holder, and a lock on a semaphore. All of them work between the actors that
// map the region they lie in, each at its own address, and satisfy Lockable, so that std::lock_guard and
// std::unique_lock take them.
//
//     struct Account { robust_mutex mutex; long balance = 0; };
//     Account &account = *std::construct_at(region.as<Account>().data());  // one side, once
//     const std::lock_guard lock(account.mutex);
//     if (account.mutex.abandoned()) {  // the last holder was killed: its work may be half done
//         mend(account);
//         account.mutex.repaired();
//     }
#pragma once

#include <pthread.h>
#include <time.h>

#include <cerrno>
#include <chorus/semaphore.hpp>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <type_traits>

namespace chorus {

namespace detail {

// A robust mutex of POSIX: Linux passes the lock on when the thread that holds it ends, however it ends.
template <int type>
class basic_robust_mutex {
  public:
    basic_robust_mutex() {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        pthread_mutexattr_settype(&attributes, type);
        const int error = pthread_mutex_init(&mutex_, &attributes);
        pthread_mutexattr_destroy(&attributes);
        if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_mutex_init");
    }
    ~basic_robust_mutex() = default;  // Linux keeps nothing for it
    basic_robust_mutex(const basic_robust_mutex &) = delete;
    basic_robust_mutex &operator=(const basic_robust_mutex &) = delete;

    // Takes the lock and blocks while a living thread of any actor holds it. If the holder dies, the next thread gets
    // the lock at once. Throws std::system_error: EAGAIN, a recursive mutex was locked too often; EINVAL, the memory is
    // no mutex. robust_mutex: a thread that locks it twice waits for ever.
    void lock() { accept(pthread_mutex_lock(&mutex_)); }
    // Does not block. Returns whether the caller has the lock now.
    bool try_lock() { return took(pthread_mutex_trylock(&mutex_)); }
    // Blocks until `time` on the monotonic clock at the latest.
    template <class Duration>
    bool try_lock_until(const std::chrono::time_point<std::chrono::steady_clock, Duration> &time) {
        using namespace std::chrono;
        const auto since_boot = ceil<nanoseconds>(time.time_since_epoch());
        const auto whole = floor<seconds>(since_boot);
        timespec limit{};
        if (whole.count() >= 0) {
            limit.tv_sec = static_cast<time_t>(whole.count());
            limit.tv_nsec = static_cast<long>((since_boot - whole).count());
        }
        return took(pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &limit));
    }
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period> &time) {
        return try_lock_until(std::chrono::steady_clock::now() + time);
    }
    void unlock() { pthread_mutex_unlock(&mutex_); }

    // For the holder: whether a holder died since the last call of `repaired`. What the mutex protects may then be half
    // changed. It stays true for the next holder if this one does not call `repaired`, or dies before.
    bool abandoned() const { return abandoned_ != 0; }
    void repaired() { abandoned_ = 0; }

    pthread_mutex_t *native_handle() { return &mutex_; }

  private:
    void accept(int error) {
        if (error == EOWNERDEAD) [[unlikely]] {
            abandoned_ = 1;
            error = pthread_mutex_consistent(&mutex_);
        }
        if (error != 0) [[unlikely]]
            throw std::system_error(error, std::generic_category(), "robust_mutex");
    }
    bool took(int error) {
        if (error == EBUSY || error == ETIMEDOUT) return false;
        accept(error);
        return true;
    }

    pthread_mutex_t mutex_;
    std::uint64_t abandoned_ = 0;
};

}  // namespace detail

// For one lock of one thread at a time, as std::timed_mutex.
class robust_mutex : public detail::basic_robust_mutex<PTHREAD_MUTEX_NORMAL> {};
// A thread may lock it again while it holds it, as std::recursive_timed_mutex.
class recursive_robust_mutex : public detail::basic_robust_mutex<PTHREAD_MUTEX_RECURSIVE> {};
static_assert(std::is_standard_layout_v<robust_mutex> && std::is_trivially_destructible_v<robust_mutex>);

// A semaphore with one token as a lock. Any thread may unlock it, also one of another actor; waiting threads get it in
// the order in which they fell asleep. If the holder dies, its token is lost and nobody gets the lock again: where that
// matters, take a robust_mutex.
class semaphore_lock {
  public:
    // Refers to the semaphore. Throws what Semaphore's calls throw.
    explicit semaphore_lock(Semaphore &semaphore) : semaphore_(&semaphore) {}

    void lock() { semaphore_->wait(); }
    bool try_lock() { return semaphore_->try_wait(); }
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period> &time) {
        return semaphore_->wait_for(time);
    }
    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration> &time) {
        return semaphore_->wait_for(time - Clock::now());
    }
    void unlock() { semaphore_->signal(); }

  private:
    Semaphore *semaphore_;
};

}  // namespace chorus
