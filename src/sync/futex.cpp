#include "sync/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

namespace chorus::sync {

static_assert(std::endian::native == std::endian::little, "the futex word is the low half of the state");

bool FutexPlatform::wake_one() { return syscall(SYS_futex, &state_, FUTEX_WAKE, 1, nullptr, nullptr, 0) == 1; }

Slept FutexPlatform::sleep_while(std::uint32_t word) {
    // FUTEX_WAIT_BITSET because its time is a point on the clock: a wait that a signal handler cut short goes on with
    // the same deadline.
    const timespec *deadline = deadline_ ? &*deadline_ : nullptr;
    const long slept =
        syscall(SYS_futex, &state_, FUTEX_WAIT_BITSET, word, deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (slept == 0) return Slept::woken;
    if (errno == ETIMEDOUT) return Slept::timed_out;
    return errno == EINTR ? Slept::interrupted : Slept::changed;
}

}  // namespace chorus::sync
