// This process as an actor: its windows, its identity, its channel to the kernel. There is one per process; it begins
// with the first call, or before main in a process that an actor started.
#pragma once

#include <exec/chTypes.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "client/channel.hpp"
#include "client/follow.hpp"
#include "client/service.hpp"
#include "client/turns.hpp"
#include "memory/window.hpp"

namespace chorus::client {

class Session {
  public:
    // Never destroyed: calls may come from destructors and exit handlers.
    static Session &of_process();

    // Held across a call: one at a time.
    std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

    // All of these with the lock held.
    // Becomes an actor if this is none yet. K_OK, K_EFAIL without a kernel.
    int ensure_actor();
    const KnCap &capability() const { return capability_; }
    std::uint32_t actor() const { return actor_; }
    bool supervisor() const { return supervisor_; }
    // As Channel::call, as an actor.
    int call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor = nullptr);
    Channel &channel() { return channel_; }
    // The first of this actor's mappings in a span, of those with one of `options` where these are not 0. K_EADDR where
    // there is none.
    int fetch(const memory::Span &span, Mapping &mapping, std::uint32_t options = 0);

    const Follower &follower() const { return follower_; }
    Turns &turns() { return turns_; }

    // Reserves the windows; takes over the socket that a parent handed on, if there is one. Called once, at load.
    void begin();

  private:
    enum class State { alone, begun, actor, lost };

    void reserve_windows();
    int join();
    int identify(const wire::Reply &reply);
    void take_over(wire::Descriptor socket, bool supervisor);
    int tell(wire::CallCode introduction, wire::Request &request, wire::Descriptor &service);
    void serve_on(wire::Descriptor service);
    int map_own(std::uint64_t start, std::uint64_t end, std::uint32_t options);
    // Around fork: in the parent before, in the parent after, in the child.
    void prepare_fork();
    int take_over_maps(const memory::Span &window);
    void after_fork();
    void become_child();

    std::mutex mutex_;
    State state_ = State::alone;
    Channel channel_;
    KnCap capability_{};
    std::uint32_t actor_ = 0;
    bool supervisor_ = false;
    std::vector<memory::Span> taken_;  // of the windows, by others
    Follower follower_{taken_};
    Turns turns_;
    Service *service_ = nullptr;  // none: nobody can change the maps of this process but itself
    // While this process is copied.
    std::uint64_t fork_turn_ = 0;
    bool fork_in_line_ = false;  // the maps are those of the table that the child was given
    wire::Reply forked_{};
    wire::Descriptor child_socket_;
};

// The name of the variable that hands a socket on to a child: "<descriptor>:<inode>", and ":supervisor" for a
// supervisor actor, which has to map the supervisor space before its main.
inline constexpr const char *socket_variable = "CHORUS_SOCKET";

}  // namespace chorus::client
