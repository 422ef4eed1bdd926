// The order in which this process changes its maps: the kernel's, whatever socket tells of a change.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace chorus::client {

class Turns {
  public:
    // Waits until all earlier turns are over, or `leave` was called. Turn 0 is none.
    void begin(std::uint64_t turn) {
        if (turn == 0) return;
        std::unique_lock locked(mutex_);
        next_.wait(locked, [&] { return last_ + 1 == turn || left_; });
    }
    // Releases all waiting threads, because the service thread has ended.
    void leave() {
        {
            const std::lock_guard locked(mutex_);
            left_ = true;
        }
        next_.notify_all();
    }
    // The last one that is over.
    std::uint64_t last() {
        const std::lock_guard locked(mutex_);
        return last_;
    }
    // Ends the turn that has begun.
    void end(std::uint64_t turn) {
        if (turn == 0) return;
        {
            const std::lock_guard locked(mutex_);
            last_ = turn;
        }
        next_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable next_;
    std::uint64_t last_ = 0;
    bool left_ = false;
};

}  // namespace chorus::client
