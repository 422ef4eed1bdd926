#include "client/service.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include "client/complaint.hpp"
#include "wire/socket.hpp"

namespace chorus::client {

class Service {
  public:
    Service(wire::Descriptor socket, const Follower &follower, Turns &turns)
        : socket_(std::move(socket)), follower_(follower), turns_(turns) {
        keep_spare();
    }

    // Until the kernel is gone.
    void run() {
        for (;;) {
            while (orders_.empty())
                if (wire::Reply none; !receive(none)) return;
            Received next = std::move(orders_.front());
            orders_.pop_front();
            turns_.begin(next.order.turn);
            const int status = follow(next.order, std::move(next.descriptor));
            turns_.end(next.order.turn);
            acknowledge(next.order, status);
        }
    }

    void abandon() {
        spare_.reset();
        socket_.reset();
    }

  private:
    // One descriptor is kept, to be given up for the one that is received: an actor that has all its descriptors open
    // can follow.
    void keep_spare() {
        if (!spare_) spare_ = wire::Descriptor(fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
    }

    // One message: an order is kept for its turn, a reply is put into `reply`. False where the kernel is gone.
    bool receive(wire::Reply &reply, wire::Descriptor *descriptor = nullptr) {
        spare_.reset();
        reply.prefix.call = wire::order_code;
        wire::Received got = wire::receive(socket_.get(), &reply, sizeof reply, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed && errno == EINTR) return true;
        if (got.what != wire::Received::What::message || reply.prefix.magic != wire::magic) return false;
        if (reply.prefix.call == wire::order_code && got.size_bytes == sizeof(wire::Order)) {
            orders_.emplace_back();
            std::memcpy(&orders_.back().order, &reply, sizeof(wire::Order));
            orders_.back().descriptor = std::move(got.descriptor);
            return true;
        }
        if (got.size_bytes != sizeof reply) return false;
        if (descriptor != nullptr) *descriptor = std::move(got.descriptor);
        return true;
    }

    int fetch(const memory::Span &span, Mapping &mapping) {
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::find_mapping)};
        request.region.start = span.start;
        request.region.size_bytes = span.size_bytes;
        if (!wire::send(socket_.get(), &request, sizeof request)) return K_EFAIL;
        wire::Reply reply{};
        do {
            if (!receive(reply, &mapping.descriptor)) return K_EFAIL;
        } while (reply.prefix.call == wire::order_code);  // orders come in between
        mapping.region = reply.mapping;
        mapping.offset = reply.offset;
        return reply.status;
    }

    int follow(const wire::Order &order, wire::Descriptor descriptor) {
        const memory::Span span{order.start, order.size_bytes};
        const Fetch ask = [this](const memory::Span &part, Mapping &mapping) { return fetch(part, mapping); };
        switch (static_cast<wire::FollowBy>(order.follow)) {
            case wire::FollowBy::map: {
                Mapping first{order.mapping, order.offset, std::move(descriptor)};
                return follower_.map(span, std::move(first), ask);
            }
            case wire::FollowBy::unmap:
                return can_follow(order, span) ? follower_.unmap(span) : K_ENOMEM;
            case wire::FollowBy::renew:
                return can_follow(order, span) ? follower_.renew(span, ask) : K_ENOMEM;
        }
        return K_EFAIL;
    }

    // An order that somebody waits for is refused before anything is changed, or not at all.
    bool can_follow(const wire::Order &order, const memory::Span &span) const {
        return order.change == 0 || follower_.prepare(span);
    }

    void acknowledge(const wire::Order &order, int status) {
        if (status != K_OK && order.change == 0) {
            complain("this actor's memory cannot follow its address space any more: no mappings are left");
            std::abort();
        }
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::acknowledge)};
        request.source_start = order.change;
        request.flags = status == K_OK ? 0 : wire::flag::failed;
        keep_spare();
        wire::send(socket_.get(), &request, sizeof request);
    }

    struct Received {
        wire::Order order{};
        wire::Descriptor descriptor;
    };

    wire::Descriptor socket_;
    wire::Descriptor spare_;
    std::deque<Received> orders_;  // received, not followed yet
    const Follower &follower_;
    Turns &turns_;
};

namespace {

// The object stays when the thread ends: a child may be forked at any time, and it is small.
void *run(void *service) {
    static_cast<Service *>(service)->run();
    return nullptr;
}

}  // namespace

Service *start_service(wire::Descriptor socket, const Follower &follower, Turns &turns) {
    constexpr std::size_t stack_bytes = 256 * 1024;
    auto service = std::make_unique<Service>(std::move(socket), follower, turns);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const bool started = pthread_create(&thread, &attributes, run, service.get()) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return started ? service.release() : nullptr;
}

void abandon_service(Service *of_parent) {
    if (of_parent != nullptr) of_parent->abandon();
}

}  // namespace chorus::client
