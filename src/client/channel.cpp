#include "client/channel.hpp"

#include <exec/chTypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "client/complaint.hpp"
#include "client/deadline.hpp"

namespace chorus::client {

Channel::Channel(wire::Descriptor socket) : socket_(std::move(socket)), timeout_ms_(reply_timeout_ms()) {
    const timeval timeout{.tv_sec = timeout_ms_ / 1000, .tv_usec = timeout_ms_ % 1000 * 1000};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

int Channel::lost(const char *why) {
    complain("the kernel is gone: %s; calls to it fail from now on, memory and semaphores go on working", why);
    socket_.reset();
    return K_EFAIL;
}

int Channel::send(wire::CallCode code, wire::Request &request, int descriptor) {
    if (!socket_) return K_EFAIL;
    request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
    request.number = ++number_;
    // Where other actors have to do their part, the answer is to come while this one still waits.
    request.patience_ms = static_cast<std::uint32_t>(std::clamp(timeout_ms_ / 2, 1L, 60'000L));
    if (wire::send(socket_.get(), &request, sizeof request, descriptor)) return K_OK;
    // What it said last, if anything, says why.
    wire::Reply last_word;
    receive(last_word);
    return socket_ ? lost(std::strerror(errno)) : K_EFAIL;
}

int Channel::not_answered() {
    return lost("it did not answer in time");
}

bool Channel::await(const sigset_t &signals) {
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    const auto look = [&] { return poll(&readable, 1, 0) > 0; };
    if (polling_.worth_a_try() && polling_.look(look)) return true;
    const timespec limit{.tv_sec = timeout_ms_ / 1000, .tv_nsec = timeout_ms_ % 1000 * 1'000'000};
    return ppoll(&readable, 1, &limit, &signals) != 0;
}

// False where nothing can be read by then.
bool Channel::wait_until(const timespec &deadline) const {
    for (;;) {
        pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
        const long left_ms = milliseconds_until(deadline);
        if (left_ms <= 0) return false;
        if (poll(&readable, 1, static_cast<int>(left_ms)) > 0) return true;
    }
}

// Looks for a moment before it sleeps, where that pays.
wire::Received Channel::wait_for(wire::Reply &reply) {
    const auto receive_one = [&](wire::Blocking wait) {
        return wire::receive(socket_.get(), &reply, sizeof reply, wait);
    };
    wire::Received got;
    const auto look = [&] {
        got = receive_one(wire::Blocking::no);
        return got.what != wire::Received::What::failed || errno != EAGAIN;
    };
    return polling_.worth_a_try() && polling_.look(look) ? std::move(got) : receive_one(wire::Blocking::yes);
}

// On failure `reply` is cleared, because it may contain a duplicate of an earlier reply.
int Channel::receive(wire::Reply &reply, wire::Descriptor *descriptor, unsigned sent_later) {
    const int status = receive_next(reply, descriptor, sent_later);
    if (!open()) reply = {};
    return status;
}

int Channel::receive_next(wire::Reply &reply, wire::Descriptor *descriptor, unsigned sent_later) {
    const timespec deadline = deadline_in(timeout_ms_);
    for (;;) {
        wire::Received got = wait_for(reply);
        if (got.what == wire::Received::What::failed) {
            // After a signal handler the socket's own time would start again.
            if (errno == EINTR && wait_until(deadline)) continue;
            const bool late = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
            return late ? not_answered() : lost(std::strerror(errno));
        }
        if (got.what == wire::Received::What::closed) return lost("it closed the connection");
        if (got.size_bytes == sizeof(wire::VersionRefusal) && reply.prefix.call == wire::version_refused) {
            wire::VersionRefusal refusal;
            std::memcpy(&refusal, &reply, sizeof refusal);
            refusal.text[sizeof refusal.text - 1] = '\0';
            return lost(refusal.text);
        }
        if (got.size_bytes != sizeof reply || reply.prefix.magic != wire::magic) return lost("it sends no replies");
        // A duplicate after a takeover, or the reply to another process that inherited this socket for a moment.
        if (reply.number != number_ - sent_later) continue;
        if (descriptor != nullptr) *descriptor = std::move(got.descriptor);
        return reply.status;
    }
}

int Channel::call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor) {
    const int sent = send(code, request);
    return sent == K_OK ? receive(reply, descriptor) : sent;
}

}  // namespace chorus::client
