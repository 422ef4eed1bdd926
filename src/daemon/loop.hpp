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

// All that are ready at the front are called in each round; of those at the back one, in turn, and none while the back
// is closed.
enum class Place : std::uint8_t { front, back };

class Loop {
  public:
    using Ready = std::function<void()>;

    Loop();
    // Calls `ready` whenever the descriptor can be read, or its other end is gone, until it is forgotten. A callback
    // may forget its own descriptor or another one.
    void watch(int descriptor, Ready ready, Place place = Place::front);
    void forget(int descriptor);
    // Whether it is called when the descriptor can be read, or only when its other end is gone.
    void listen(int descriptor, bool to_all);
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
        bool to_all = true;
        bool told = true;  // by the system, of what can be read
    };
    int epoll_of(Place place) const { return place == Place::front ? front_.get() : back_.get(); }
    void set_back(bool open);
    int wait(std::span<epoll_event> events);
    void tell(int descriptor, Watched &watched, bool told);
    void call(const epoll_event &event);
    void call_one_at_back();

    wire::Descriptor front_;
    wire::Descriptor back_;  // an epoll of its own, which is watched at the front
    bool back_is_open_ = true;
    std::unordered_map<int, Watched> watched_;
    sync::Polling polling_;
    std::uint64_t round_ = 0;
    bool running_ = true;
};

}  // namespace chorus::daemon
