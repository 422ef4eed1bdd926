// The calls of a site that are not answered yet, in the order in which they came.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "daemon/timer.hpp"
#include "kernel/call.hpp"
#include "wire/message.hpp"

namespace chorus::daemon {

struct WaitingCall {
    using Clock = std::chrono::steady_clock;  // of the system: one for all kernel processes

    std::uint64_t number = 0;  // counts calls that wait
    int socket = -1;
    wire::Request request{};
    kernel::Call call;
    std::uint64_t change = 0;  // that is to end; 0: postponed, to be decided again
    Clock::time_point deadline{};
};

class WaitingCalls {
  public:
    // `late` is called when a call may have waited for longer than its caller wants: see `take_late`.
    WaitingCalls(Loop &loop, std::function<void()> late);

    // One socket has one call at a time.
    void add(WaitingCall call);
    // When a call that comes now has waited for as long as its caller wants.
    static WaitingCall::Clock::time_point deadline_of(const wire::Request &request);
    bool has(int socket) const;
    WaitingCall *find(int socket);  // null: none
    // Removes it.
    std::optional<WaitingCall> take(int socket);
    const WaitingCall *of_change(std::uint64_t change) const;  // null: none waits for it
    // Their sockets.
    std::vector<int> postponed() const;
    const std::list<WaitingCall> &all() const { return calls_; }
    // The sockets of those whose time is up, each told once.
    std::vector<int> take_late();

  private:
    using Clock = WaitingCall::Clock;

    void set_timer();

    std::list<WaitingCall> calls_;
    Timer timer_;
    Clock::time_point due_ = Clock::time_point::max();  // when the timer goes off
};

}  // namespace chorus::daemon
