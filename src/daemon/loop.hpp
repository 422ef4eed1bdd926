// The event loop: one thread, level-triggered epoll. Whoever is ready is called; nothing waits anywhere else.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "wire/descriptor.hpp"

namespace chorus::daemon {

class Loop {
  public:
    using Ready = std::function<void()>;

    Loop();
    // Calls `ready` whenever the descriptor can be read, or its other end is gone, until it is forgotten. A callback
    // may forget its own descriptor or another one.
    void watch(int descriptor, Ready ready);
    void forget(int descriptor);
    // Until `stop`, which may have come before.
    void run();
    void stop() { running_ = false; }

  private:
    wire::Descriptor epoll_;
    std::unordered_map<int, Ready> watched_;
    bool running_ = true;
};

}  // namespace chorus::daemon
