#include "sync/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

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

}  // namespace

bool FutexPlatform::wake_one() {
    return futex(&state_, FUTEX_WAKE, 1, nullptr, 0) == 1;
}

Slept FutexPlatform::sleep_while(std::uint32_t word) {
    // FUTEX_WAIT_BITSET because its time is a point on the clock: a wait that a signal handler cut short goes on with
    // the same deadline.
    switch (futex(&state_, FUTEX_WAIT_BITSET, word, deadline_, FUTEX_BITSET_MATCH_ANY)) {
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
