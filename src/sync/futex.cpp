#include "sync/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

#include "sync/polling.hpp"

namespace chorus::sync {

static_assert(std::endian::native == std::endian::little, "the futex word is the low half of the state");

namespace {

// The system call, without errno: the result, or a negative error.
long futex(std::uint64_t *state, int operation, std::uint32_t value, const timespec *deadline, std::uint32_t bits) {
    const int saved = errno;
    const long result = syscall(SYS_futex, state, operation, value, deadline, nullptr, bits);
    const int error = errno;
    errno = saved;
    return result >= 0 ? result : -error;
}

thread_local Polling experience;

constexpr int polls_per_look_at_the_clock = 32;  // about a microsecond

}  // namespace

bool FutexPlatform::changes(std::uint64_t &seen) {
    if (polled_ == Polled::in_vain || (polled_ == Polled::not_yet && !experience.worth_a_try())) return false;
    if (polled_ == Polled::not_yet) polling_since_ns_ = now_ns();
    polled_ = Polled::going_on;
    const std::int64_t limit_ns = polling_since_ns_ + experience.limit_ns();
    do {
        for (int polls = 0; polls < polls_per_look_at_the_clock; ++polls) {
            relax();
            const std::uint64_t now = load();
            if (now == seen) continue;
            seen = now;
            if (state::is_open(now) && state::word(now) != 0) experience.note_paid(now_ns() - polling_since_ns_);
            return true;
        }
    } while (now_ns() < limit_ns);
    experience.note_in_vain();
    polled_ = Polled::in_vain;
    return false;
}

bool FutexPlatform::wake_one() {
    return futex(&words_.state, FUTEX_WAKE, 1, nullptr, 0) == 1;
}

Slept FutexPlatform::sleep_while(std::uint32_t word) {
    // FUTEX_WAIT_BITSET because its time is a point on the clock: a wait that a signal handler cut short goes on with
    // the same deadline.
    switch (futex(&words_.state, FUTEX_WAIT_BITSET, word, deadline_, FUTEX_BITSET_MATCH_ANY)) {
        case 0:
            return Slept::woken;
        case -ETIMEDOUT:
            return Slept::timed_out;
        case -EINTR:
            return Slept::interrupted;
        default:
            return Slept::changed;
    }
}

}  // namespace chorus::sync
