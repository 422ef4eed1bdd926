#include "daemon/loop.hpp"

#include <sys/epoll.h>

#include <algorithm>
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

// Of an end that is gone the system tells always.
std::uint32_t events_of(bool readable) {
    return readable ? std::uint32_t{EPOLLIN} : 0;
}

void require(bool done, const char *what) {
    if (!done) throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

Loop::Loop()
    : front_(epoll_create1(EPOLL_CLOEXEC)), ends_(epoll_create1(EPOLL_CLOEXEC)), back_(epoll_create1(EPOLL_CLOEXEC)) {
    require(front_ && ends_ && back_, "epoll_create1");
    require(control(front_.get(), EPOLL_CTL_ADD, ends_.get()), "epoll_ctl");
    require(control(front_.get(), EPOLL_CTL_ADD, back_.get()), "epoll_ctl");
}

int Loop::epoll_of(Place place) const {
    return (place == Place::end ? ends_ : place == Place::front ? front_ : back_).get();
}

void Loop::watch(int descriptor, Ready ready, Place place) {
    require(control(epoll_of(place), EPOLL_CTL_ADD, descriptor), "epoll_ctl");
    watched_.insert_or_assign(descriptor, Watched{std::move(ready), place, round_});
}

void Loop::forget(int descriptor) {
    const auto node = watched_.extract(descriptor);
    if (!node.empty()) control(epoll_of(node.mapped().place), EPOLL_CTL_DEL, descriptor);
}

// That it listens to less is asked for only when there is something to be read: most have sent nothing before they are
// listened to again.
void Loop::listen(int descriptor, Listen listen) {
    Watched &watched = watched_.at(descriptor);
    watched.listens = listen;
    if (listen == Listen::to_all && watched.asked != Listen::to_all) ask(descriptor, watched, listen);
}

void Loop::ask(int descriptor, Watched &watched, Listen listen) {
    watched.asked = listen;
    control(epoll_of(watched.place), EPOLL_CTL_MOD, descriptor, events_of(listen == Listen::to_all));
}

bool Loop::move(int descriptor, Place place) {
    Watched &watched = watched_.at(descriptor);
    if (watched.place == place) return true;
    if (!control(epoll_of(place), EPOLL_CTL_ADD, descriptor, events_of(watched.asked == Listen::to_all))) return false;
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
    require(control(front_.get(), EPOLL_CTL_MOD, back_.get(), events_of(open)), "epoll_ctl");
    back_is_open_ = open;
}

void Loop::call(const epoll_event &event) {
    const auto it = watched_.find(event.data.fd);
    if (it == watched_.end()) return;  // forgotten by a callback before this one, or an epoll of ours
    Watched &watched = it->second;
    if (watched.since == round_) return;  // the event may be of another one, which had the number before
    if (watched.listens == Listen::to_its_end && (event.events & (EPOLLHUP | EPOLLERR)) == 0)
        return ask(event.data.fd, watched, Listen::to_its_end);
    const Ready ready = watched.ready;  // a copy: it may forget itself
    ready();
}

void Loop::call_ends() {
    std::array<epoll_event, 256> events;
    const int count = epoll_wait(ends_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count && running_; ++i)
        call(events[static_cast<std::size_t>(i)]);
}

// The system puts whom it tells of at the end of its list.
void Loop::call_one_at_back() {
    epoll_event event;
    if (back_is_open_ && epoll_wait(back_.get(), &event, 1, 0) == 1) call(event);
}

int Loop::wait(std::span<epoll_event> events) {
    const auto wait_for = [&](int timeout_ms) {
        return epoll_wait(front_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    };
    int count = 0;
    const auto look = [&] { return (count = wait_for(0)) != 0; };
    return polling_.worth_a_try() && polling_.look(look) ? count : wait_for(-1);
}

void Loop::run() {
    std::array<epoll_event, 64> events;
    while (running_) {
        const int count = wait(events);
        ++round_;
        require(count >= 0 || errno == EINTR, "epoll_wait");
        const std::span<epoll_event> ready = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
        // Or may, where there was no room for it.
        const auto tells_of = [&](const wire::Descriptor &epoll) {
            const auto is_it = [&](const epoll_event &event) { return event.data.fd == epoll.get(); };
            return ready.size() == events.size() || std::ranges::any_of(ready, is_it);
        };
        // The list of the system is not in the order in which they became ready: who was served last stands first.
        if (tells_of(ends_)) call_ends();
        for (const epoll_event &event : ready)
            if (running_) call(event);
        if (running_ && tells_of(back_)) call_one_at_back();
    }
}

}  // namespace chorus::daemon
