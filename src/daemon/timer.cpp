#include "daemon/timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace chorus::daemon {

Timer::Timer(Loop &loop, std::function<void()> due)
    : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!timer_) throw std::system_error(errno, std::system_category(), "timerfd_create");
    loop.watch(timer_.get(), [file = timer_.get(), due = std::move(due)] {
        std::uint64_t expirations;  // none where it was set again in the same round of the loop
        if (read(file, &expirations, sizeof expirations) > 0) due();
    });
}

void Timer::set(std::chrono::nanoseconds after) {
    const auto left = std::max(after, std::chrono::nanoseconds(1));  // zero would stop it
    itimerspec once{};
    once.it_value.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
    once.it_value.tv_nsec = (left % std::chrono::seconds(1)).count();
    timerfd_settime(timer_.get(), 0, &once, nullptr);
}

}  // namespace chorus::daemon
