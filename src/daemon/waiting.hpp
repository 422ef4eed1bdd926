// The calls of a site that are not answered yet, in the order in which they came.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "daemon/loop.hpp"
#include "kernel/call.hpp"
#include "wire/descriptor.hpp"
#include "wire/message.hpp"

namespace chorus::daemon {

struct WaitingCall {
    int socket = -1;
    wire::Request request{};
    kernel::Call call;
    std::uint64_t change = 0;  // that is to end; 0: postponed, to be decided again
};

class WaitingCalls {
  public:
    // `late` is called when a call may have waited for longer than its caller wants: see `take_late`.
    WaitingCalls(Loop &loop, std::function<void()> late);

    // One socket has one call at a time.
    void add(WaitingCall call);
    bool has(int socket) const;
    WaitingCall *find(int socket);  // null: none
    // Removes it.
    std::optional<WaitingCall> take(int socket);
    std::optional<WaitingCall> take_change(std::uint64_t change);
    std::vector<int> postponed() const;
    std::vector<const WaitingCall *> all() const;
    // The sockets of those whose time is up, each told once.
    std::vector<int> take_late();

  private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        WaitingCall waiting;
        Clock::time_point deadline;
    };

    void set_timer();

    std::list<Entry> entries_;
    wire::Descriptor timer_;
    Clock::time_point due_ = Clock::time_point::max();  // when the timer goes off
};

}  // namespace chorus::daemon
