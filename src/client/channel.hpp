// The client's end of a connection to a kernel: one call, one reply, in turn.
#pragma once

#include <cstdint>

#include "wire/descriptor.hpp"
#include "wire/message.hpp"

namespace chorus::client {

class Channel {
  public:
    Channel() = default;
    explicit Channel(wire::Descriptor socket);

    bool open() const { return static_cast<bool>(socket_); }
    int descriptor() const { return socket_.get(); }

    // Numbers the request and sends it. Returns K_OK or K_EFAIL.
    int send(wire::CallCode code, wire::Request &request);
    // Waits for the reply to the request sent last, no longer than CHORUS_TIMEOUT_MS (10,000 if not set). Returns its
    // status, or K_EFAIL where none came; the channel is closed if none can come any more. A descriptor that comes
    // along is put into *descriptor.
    int receive(wire::Reply &reply, wire::Descriptor *descriptor = nullptr);
    // Both. Blocks for the time the kernel takes to answer.
    int call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor = nullptr);

  private:
    int lost(const char *why);

    wire::Descriptor socket_;
    std::uint64_t number_ = 0;
};

}  // namespace chorus::client
