// Whether it pays to look again and again for what somebody else is about to do, instead of sleeping until it is done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace chorus::sync {

// The monotonic clock.
inline std::int64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Gives way to the other thread of the same core.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// What one waiter has learnt: polling pays where the other one runs on another processor at the same time. After each
// time in vain twice as many waits go by without it, so that where it never pays it costs next to nothing.
class Polling {
  public:
    // To be asked before each wait.
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

    // Looks until it is there, or for so long. What is there at once teaches nothing.
    template <class IsThere>
    bool look(IsThere is_there) {
        if (is_there()) return true;
        const std::int64_t since_ns = now_ns();
        const std::int64_t limit = since_ns + limit_ns();
        do {
            relax();
            if (!is_there()) continue;
            note_paid(now_ns() - since_ns);
            return true;
        } while (now_ns() < limit);
        note_in_vain();
        return false;
    }

  private:
    static constexpr std::int64_t limit_min_ns = 10'000, limit_max_ns = 100'000;
    static constexpr unsigned leave_out_max = 2047;
    // Who has only begun waits for others that begin, too, which takes longer than polling lasts; many end after that.
    static constexpr unsigned first_left_out = 4;

    unsigned leave_out_ = 0;  // after the next time in vain about twice as many
    unsigned left_out_ = first_left_out;
    std::int64_t usual_ns_ = limit_max_ns / 8;
};

}  // namespace chorus::sync
