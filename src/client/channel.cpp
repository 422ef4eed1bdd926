#include "client/channel.hpp"

#include <exec/chTypes.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "client/complaint.hpp"
#include "wire/socket.hpp"

namespace chorus::client {

namespace {

timeval reply_timeout() {
    long milliseconds = 10'000;
    if (const char *set = std::getenv("CHORUS_TIMEOUT_MS"))
        if (const long value = std::strtol(set, nullptr, 10); value > 0) milliseconds = value;
    return {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
}

}  // namespace

Channel::Channel(wire::Descriptor socket) : socket_(std::move(socket)) {
    const timeval timeout = reply_timeout();
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

int Channel::lost(const char *why) {
    complain("the kernel is gone: %s; calls to it fail from now on, memory and semaphores go on working", why);
    socket_.reset();
    return K_EFAIL;
}

int Channel::send(wire::CallCode code, wire::Request &request) {
    if (!socket_) return K_EFAIL;
    request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
    request.number = ++number_;
    if (wire::send(socket_.get(), &request, sizeof request)) return K_OK;
    // What it said last, if anything, says why.
    wire::Reply last_word;
    receive(last_word);
    return socket_ ? lost(std::strerror(errno)) : K_EFAIL;
}

int Channel::receive(wire::Reply &reply, wire::Descriptor *descriptor) {
    for (;;) {
        wire::Received got = wire::receive(socket_.get(), &reply, sizeof reply, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            complain("the kernel does not answer");
            return K_EFAIL;
        }
        if (got.what == wire::Received::What::failed) return lost(std::strerror(errno));
        if (got.what == wire::Received::What::closed) return lost("it closed the connection");
        if (got.size_bytes == sizeof(wire::VersionRefusal) && reply.prefix.call == wire::version_refused) {
            wire::VersionRefusal refusal;
            std::memcpy(&refusal, &reply, sizeof refusal);
            refusal.text[sizeof refusal.text - 1] = '\0';
            return lost(refusal.text);
        }
        if (got.size_bytes != sizeof reply || reply.prefix.magic != wire::magic) return lost("it sends no replies");
        if (reply.number != number_) continue;  // to a call that was given up
        if (descriptor != nullptr) *descriptor = std::move(got.descriptor);
        return reply.status;
    }
}

int Channel::call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor) {
    const int sent = send(code, request);
    return sent == K_OK ? receive(reply, descriptor) : sent;
}

}  // namespace chorus::client
