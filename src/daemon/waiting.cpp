#include "daemon/waiting.hpp"

#include <algorithm>
#include <utility>

namespace chorus::daemon {

namespace {

// What a caller waits for others to do their part, where it does not say, and at most.
constexpr std::chrono::milliseconds patience_default{5'000}, patience_max{60'000};

std::chrono::milliseconds patience_of(const wire::Request &request) {
    const std::chrono::milliseconds asked(request.patience_ms);
    return asked.count() == 0 ? patience_default : std::min(asked, patience_max);
}

}  // namespace

WaitingCalls::WaitingCalls(Loop &loop, std::function<void()> late) : timer_(loop, std::move(late)) {}

WaitingCall::Clock::time_point WaitingCalls::deadline_of(const wire::Request &request) {
    return Clock::now() + patience_of(request);
}

void WaitingCalls::add(WaitingCall call) {
    calls_.push_back(std::move(call));
    set_timer();
}

WaitingCall *WaitingCalls::find(int socket) {
    const auto it =
        std::find_if(calls_.begin(), calls_.end(), [socket](const WaitingCall &call) { return call.socket == socket; });
    return it == calls_.end() ? nullptr : &*it;
}

bool WaitingCalls::has(int socket) const {
    return std::any_of(calls_.begin(), calls_.end(),
                       [socket](const WaitingCall &call) { return call.socket == socket; });
}

std::optional<WaitingCall> WaitingCalls::take(int socket) {
    WaitingCall *found = find(socket);
    if (found == nullptr) return std::nullopt;
    WaitingCall taken = std::move(*found);
    calls_.remove_if([found](const WaitingCall &call) { return &call == found; });
    return taken;
}

const WaitingCall *WaitingCalls::of_change(std::uint64_t change) const {
    const auto it =
        std::find_if(calls_.begin(), calls_.end(), [change](const WaitingCall &call) { return call.change == change; });
    return it == calls_.end() ? nullptr : &*it;
}

std::vector<int> WaitingCalls::postponed() const {
    std::vector<int> sockets;
    for (const WaitingCall &call : calls_)
        if (call.change == 0) sockets.push_back(call.socket);
    return sockets;
}

std::vector<int> WaitingCalls::take_late() {
    due_ = Clock::time_point::max();
    const auto now = Clock::now();
    std::vector<int> late;
    for (WaitingCall &call : calls_) {
        if (call.deadline > now) continue;
        call.deadline = Clock::time_point::max();
        late.push_back(call.socket);
    }
    set_timer();
    return late;
}

// The timer may go off before anything is late, which costs nothing; not after.
void WaitingCalls::set_timer() {
    auto next = Clock::time_point::max();
    for (const WaitingCall &call : calls_)
        next = std::min(next, call.deadline);
    if (due_ <= next && due_ > Clock::now()) return;
    due_ = next;
    if (next != Clock::time_point::max()) timer_.set(next - Clock::now());
}

}  // namespace chorus::daemon
