// The client's end of a connection to a kernel: for each call a reply, in the order of the calls.
#pragma once

#include <csignal>
#include <cstdint>
#include <ctime>

#include "sync/polling.hpp"
#include "wire/descriptor.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::client {

class Channel {
  public:
    Channel() = default;
    explicit Channel(wire::Descriptor socket);

    bool open() const { return static_cast<bool>(socket_); }
    int descriptor() const { return socket_.get(); }

    // Numbers the request and sends it, with a descriptor unless it is negative. Returns K_OK, or K_EFAIL as `receive`.
    int send(wire::CallCode code, wire::Request &request, int descriptor = -1);
    // Waits for the reply to the request sent last, or to one with so many sent later, no longer than CHORUS_TIMEOUT_MS
    // (10,000 if not set). Returns its status. K_EFAIL where none came: then the channel is closed, so that nothing
    // that was asked for happens behind the caller's back. A descriptor that comes along is put into *descriptor.
    int receive(wire::Reply &reply, wire::Descriptor *descriptor = nullptr, unsigned sent_later = 0);
    // Both. Blocks for the time the kernel takes to answer.
    int call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor = nullptr);

    // For a process that receives a reply in place of this one: it shares the memory, and closes no descriptor here.
    // Waits until there is something to receive, as long as `receive`, and while it sleeps with this signal mask. False
    // where it has become too late: then `not_answered` says what comes of it.
    bool await(const sigset_t &signals);
    int not_answered();

  private:
    int lost(const char *why);
    int receive_next(wire::Reply &reply, wire::Descriptor *descriptor, unsigned sent_later);
    bool wait_until(const timespec &deadline) const;
    wire::Received wait_for(wire::Reply &reply);

    wire::Descriptor socket_;
    long timeout_ms_ = 0;
    std::uint64_t number_ = 0;
    sync::Polling polling_;
};

}  // namespace chorus::client
