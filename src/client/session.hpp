// This process as an actor: its windows, its identity, its channel to the kernel. There is one per process; it begins
// with the first call, or before main in a process that an actor started.
#pragma once

#include <exec/chTypes.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "client/channel.hpp"
#include "memory/window.hpp"

namespace chorus::client {

class Session {
  public:
    // Never destroyed: calls may come from destructors and exit handlers.
    static Session &of_process();

    // Held across a call and what the process does about its reply, so that maps change in the kernel's order.
    std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

    // All of these with the lock held.
    // Becomes an actor if this is none yet. K_OK, K_EFAIL without a kernel, K_ENOTIMP in a forked child.
    int ensure_actor();
    const KnCap &capability() const { return capability_; }
    std::uint32_t actor() const { return actor_; }
    // As Channel::call, as an actor.
    int call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor = nullptr);
    Channel &channel() { return channel_; }

    // Unmaps the regions in a span of the windows, or all. What else the process has there stays. A K_* status.
    int unmap(const memory::Span &span);
    int unmap_all();
    // Makes sure that `unmap` of that span cannot fail, which may take two more mappings: false where the system allows
    // no more. `unprepare_unmap` goes back where it does not come to that.
    bool prepare_unmap(const memory::Span &span);
    void unprepare_unmap(const memory::Span &span);

    // Reserves the windows; takes over the socket that a parent handed on, if there is one. Called once, at load.
    void begin();

  private:
    enum class State { alone, begun, actor, lost, forked };

    void reserve_windows();
    int join();
    int identify(const wire::Reply &reply);

    std::mutex mutex_;
    State state_ = State::alone;
    Channel channel_;
    KnCap capability_{};
    std::uint32_t actor_ = 0;
    std::vector<memory::Span> taken_;  // of the windows, by others
};

// The name of the variable that hands a socket on to a child: "<descriptor>:<inode>".
inline constexpr const char *socket_variable = "CHORUS_SOCKET";

}  // namespace chorus::client
