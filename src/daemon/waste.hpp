// Time that was spent for nothing. It is forgotten as time passes.
#pragma once

#include <algorithm>
#include <chrono>

namespace chorus::daemon {

class Waste {
  public:
    using Clock = std::chrono::steady_clock;
    using Duration = Clock::duration;

    // Forgets a moment of it in so many that pass. Never remembers more than `most`.
    constexpr Waste(int passing, Duration most) : passing_(passing), most_(most) {}

    void add(Duration spent, Clock::time_point now) {
        spent_ = std::min(left(now) + spent, most_);
        counted_ = now;
    }
    Duration left(Clock::time_point now) const {
        return std::max(spent_ - (now - counted_) / passing_, Duration::zero());
    }
    // Until nothing is left.
    Duration time_to_forget(Clock::time_point now) const { return left(now) * passing_; }

  private:
    int passing_;
    Duration most_;
    Duration spent_{};
    Clock::time_point counted_{};
};

}  // namespace chorus::daemon
