#include "sync/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Whether polling pays, for each thread: it does where the other one runs on another processor at the same time. After
// each time in vain twice as many waits go by without it, so that where it never pays it costs next to nothing.
class Experience {
  public:
    bool worth_a_try() {
        if (left_out_ == 0) return true;
        --left_out_;
        return false;
    }
    // Long enough for the other one to be woken, where it is not known that it runs; else some times what it took
    // before.
    std::int64_t limit_ns() const {
        return leave_out_ != 0 ? limit_max_ns : std::clamp(8 * usual_ns_, limit_min_ns, limit_max_ns);
    }
    void note_paid(std::int64_t took_ns) {
        usual_ns_ += (took_ns - usual_ns_) / 4;
        leave_out_ = left_out_ = 0;
    }
    void note_in_vain() { left_out_ = leave_out_ = std::min(2 * leave_out_ + 1, leave_out_max); }

  private:
    static constexpr std::int64_t limit_min_ns = 10'000, limit_max_ns = 100'000;
    static constexpr unsigned leave_out_max = 2047;

    unsigned leave_out_ = 0;  // after the next time in vain about twice as many
    unsigned left_out_ = 0;
    std::int64_t usual_ns_ = limit_max_ns / 8;
};

thread_local Experience experience;

constexpr int polls_per_look_at_the_clock = 32;  // about a microsecond

}  // namespace

bool FutexPlatform::changes(std::uint64_t &seen) {
    if (polling_ == Polling::in_vain || (polling_ == Polling::not_yet && !experience.worth_a_try())) return false;
    if (polling_ == Polling::not_yet) polling_since_ns_ = now_ns();
    polling_ = Polling::going_on;
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
    polling_ = Polling::in_vain;
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
