// The event loop: one thread, level-triggered epoll. Whoever is ready is called; nothing waits anywhere else. Before it
// sleeps it looks for a moment whether somebody is ready, where that pays.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>

#include "sync/polling.hpp"
#include "wire/descriptor.hpp"

struct epoll_event;

namespace chorus::daemon {

// In each round all ends that are ready are called first: what has ended is over before anybody is served who may know
// of it. Then all that are ready at the front; of those at the back one, in turn, and none while the back is closed.
enum class Place : std::uint8_t { end, front, back };

// To be called whenever the descriptor can be read, or only when its other end is gone, of which all are told.
enum class Listen : std::uint8_t { to_all, to_its_end };

class Loop {
  public:
    using Ready = std::function<void()>;

    Loop();
    // Calls `ready` whenever the descriptor can be read, or its other end is gone, until it is forgotten. A callback
    // may forget its own descriptor or another one.
    void watch(int descriptor, Ready ready, Place place = Place::front);
    void forget(int descriptor);
    // It listens to all at first.
    void listen(int descriptor, Listen listen);
    // False where the system has no room for it: it stays where it is.
    bool move(int descriptor, Place place);
    // It is open at first.
    void open_back();
    void close_back();
    bool back_is_open() const { return back_is_open_; }
    // Until `stop`, which may have come before.
    void run();
    void stop() { running_ = false; }

  private:
    struct Watched {
        Ready ready;
        Place place;
        std::uint64_t since;  // round
        Listen listens = Listen::to_all;
        Listen asked = Listen::to_all;  // of the system
    };
    int epoll_of(Place place) const;
    void set_back(bool open);
    int wait(std::span<epoll_event> events);
    void ask(int descriptor, Watched &watched, Listen listen);
    void call(const epoll_event &event);
    void call_ends();
    void call_one_at_back();

    wire::Descriptor front_;
    // Epolls of their own, which are watched at the front.
    wire::Descriptor ends_, back_;
    bool back_is_open_ = true;
    std::unordered_map<int, Watched> watched_;
    sync::Polling polling_;
    std::uint64_t round_ = 0;
    bool running_ = true;
};

}  // namespace chorus::daemon
