#include "daemon/loop.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chorus::daemon {

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw std::system_error(errno, std::system_category(), "epoll_create1");
}

void Loop::watch(int descriptor, Ready ready) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw std::system_error(errno, std::system_category(), "epoll_ctl");
    watched_.insert_or_assign(descriptor, std::move(ready));
}

void Loop::forget(int descriptor) {
    if (watched_.erase(descriptor) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Loop::run() {
    std::array<epoll_event, 64> events;
    while (running_) {
        const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        if (count < 0 && errno != EINTR) throw std::system_error(errno, std::system_category(), "epoll_wait");
        for (int i = 0; i < count && running_; ++i) {
            const auto it = watched_.find(events[i].data.fd);
            if (it == watched_.end()) continue;  // forgotten by a callback before this one
            const Ready ready = it->second;      // a copy: it may forget itself
            ready();
        }
    }
}

}  // namespace chorus::daemon
