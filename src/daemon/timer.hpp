// What is to happen after a while, in the event loop.
#pragma once

#include <chrono>
#include <functional>

#include "daemon/loop.hpp"
#include "wire/descriptor.hpp"

namespace chorus::daemon {

// Stays as long as its loop runs.
class Timer {
  public:
    // Throws std::system_error where the system has no descriptor for it.
    Timer(Loop &loop, std::function<void()> due);
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    // Once, in place of what it was set to before.
    void set(std::chrono::nanoseconds after);

  private:
    wire::Descriptor timer_;
};

}  // namespace chorus::daemon
