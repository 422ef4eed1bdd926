#include "daemon/waiting.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
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

WaitingCalls::WaitingCalls(Loop &loop, std::function<void()> late)
    : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!timer_) throw std::system_error(errno, std::system_category(), "timerfd_create");
    loop.watch(timer_.get(), std::move(late));
}

void WaitingCalls::add(WaitingCall call) {
    const auto deadline = Clock::now() + patience_of(call.request);
    entries_.push_back({std::move(call), deadline});
    set_timer();
}

WaitingCall *WaitingCalls::find(int socket) {
    const auto it = std::find_if(entries_.begin(), entries_.end(),
                                 [socket](const Entry &entry) { return entry.waiting.socket == socket; });
    return it == entries_.end() ? nullptr : &it->waiting;
}

bool WaitingCalls::has(int socket) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [socket](const Entry &entry) { return entry.waiting.socket == socket; });
}

std::optional<WaitingCall> WaitingCalls::take(int socket) {
    WaitingCall *found = find(socket);
    if (found == nullptr) return std::nullopt;
    WaitingCall taken = std::move(*found);
    entries_.remove_if([found](const Entry &entry) { return &entry.waiting == found; });
    return taken;
}

std::optional<WaitingCall> WaitingCalls::take_change(std::uint64_t change) {
    const auto it = std::find_if(entries_.begin(), entries_.end(),
                                 [change](const Entry &entry) { return entry.waiting.change == change; });
    return it == entries_.end() ? std::nullopt : take(it->waiting.socket);
}

std::vector<int> WaitingCalls::postponed() const {
    std::vector<int> sockets;
    for (const Entry &entry : entries_)
        if (entry.waiting.change == 0) sockets.push_back(entry.waiting.socket);
    return sockets;
}

std::vector<const WaitingCall *> WaitingCalls::all() const {
    std::vector<const WaitingCall *> calls;
    for (const Entry &entry : entries_)
        calls.push_back(&entry.waiting);
    return calls;
}

std::vector<int> WaitingCalls::take_late() {
    std::uint64_t expirations;
    if (read(timer_.get(), &expirations, sizeof expirations) < 0) return {};
    due_ = Clock::time_point::max();
    const auto now = Clock::now();
    std::vector<int> late;
    for (Entry &entry : entries_) {
        if (entry.deadline > now) continue;
        entry.deadline = Clock::time_point::max();
        late.push_back(entry.waiting.socket);
    }
    set_timer();
    return late;
}

// The timer may go off before anything is late, which costs nothing; not after.
void WaitingCalls::set_timer() {
    auto next = Clock::time_point::max();
    for (const Entry &entry : entries_)
        next = std::min(next, entry.deadline);
    if (due_ <= next && due_ > Clock::now()) return;
    due_ = next;
    itimerspec once{};
    if (next != Clock::time_point::max()) {
        const auto left = std::max<std::chrono::nanoseconds>(next - Clock::now(), std::chrono::nanoseconds(1));
        once.it_value.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
        once.it_value.tv_nsec = (left % std::chrono::seconds(1)).count();
    }
    timerfd_settime(timer_.get(), 0, &once, nullptr);
}

}  // namespace chorus::daemon
