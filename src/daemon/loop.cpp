#include "daemon/loop.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace chorus::daemon {

namespace {

bool control(int epoll, int operation, int descriptor, std::uint32_t events = EPOLLIN) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    return epoll_ctl(epoll, operation, descriptor, &event) == 0;
}

void require(bool done, const char *what) {
    if (!done) throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

Loop::Loop() : front_(epoll_create1(EPOLL_CLOEXEC)), back_(epoll_create1(EPOLL_CLOEXEC)) {
    require(front_ && back_, "epoll_create1");
    require(control(front_.get(), EPOLL_CTL_ADD, back_.get()), "epoll_ctl");
}

void Loop::watch(int descriptor, Ready ready, Place place) {
    require(control(epoll_of(place), EPOLL_CTL_ADD, descriptor), "epoll_ctl");
    watched_.insert_or_assign(descriptor, Watched{std::move(ready), place});
}

void Loop::forget(int descriptor) {
    const auto node = watched_.extract(descriptor);
    if (!node.empty()) control(epoll_of(node.mapped().place), EPOLL_CTL_DEL, descriptor);
}

bool Loop::move(int descriptor, Place place) {
    Watched &watched = watched_.at(descriptor);
    if (watched.place == place) return true;
    if (!control(epoll_of(place), EPOLL_CTL_ADD, descriptor)) return false;
    control(epoll_of(watched.place), EPOLL_CTL_DEL, descriptor);
    watched.place = place;
    return true;
}

void Loop::open_back() {
    set_back(true);
}

void Loop::close_back() {
    set_back(false);
}

void Loop::set_back(bool open) {
    if (back_is_open_ == open) return;
    require(control(front_.get(), EPOLL_CTL_MOD, back_.get(), open ? std::uint32_t{EPOLLIN} : 0), "epoll_ctl");
    back_is_open_ = open;
}

void Loop::call(int descriptor) {
    const auto it = watched_.find(descriptor);
    if (it == watched_.end()) return;      // forgotten by a callback before this one
    const Ready ready = it->second.ready;  // a copy: it may forget itself
    ready();
}

// The system puts whom it tells of at the end of its list.
void Loop::call_one_at_back() {
    epoll_event event;
    if (back_is_open_ && epoll_wait(back_.get(), &event, 1, 0) == 1) call(event.data.fd);
}

void Loop::run() {
    std::array<epoll_event, 64> events;
    while (running_) {
        const int count = epoll_wait(front_.get(), events.data(), static_cast<int>(events.size()), -1);
        require(count >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < count && running_; ++i)
            events[i].data.fd == back_.get() ? call_one_at_back() : call(events[i].data.fd);
    }
}

}  // namespace chorus::daemon
