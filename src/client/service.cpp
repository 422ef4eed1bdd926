#include "client/service.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "client/complaint.hpp"
#include "wire/socket.hpp"

namespace chorus::client {

// Allocates no memory once it runs: it has to follow where the program has used up all there is.
class Service {
  public:
    Service(wire::Descriptor socket, const Follower &follower, Turns &turns)
        : socket_(std::move(socket)), follower_(follower), turns_(turns) {
        early_.reserve(early_orders);
        keep_spare();
    }

    // Until the kernel is gone.
    void run() {
        for (Message message; next_order(message);) {
            const wire::Order order = message.order();
            turns_.begin(order.turn);
            const int status = follow(order, std::move(message.descriptor));
            turns_.end(order.turn);
            acknowledge(order, status);
        }
    }

    void abandon() {
        spare_.reset();
        socket_.reset();
    }

  private:
    // What the kernel sends here: an order, or the reply to a question.
    struct Message {
        wire::Reply reply{};
        wire::Descriptor descriptor;

        bool is_order() const { return reply.prefix.call == wire::order_code; }
        wire::Order order() const {
            wire::Order order;
            std::memcpy(&order, &reply, sizeof order);
            return order;
        }
    };
    static_assert(sizeof(wire::Order) <= sizeof(wire::Reply));

    // One descriptor is kept, to be given up for the one that is received: an actor that has all its descriptors open
    // can follow.
    void keep_spare() {
        if (!spare_) spare_ = wire::Descriptor(fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
    }

    // False where the kernel is gone.
    bool receive(Message &message) {
        keep_spare();
        for (;;) {
            pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
            if (poll(&readable, 1, -1) < 0 && errno == EINTR) continue;
            spare_.reset();
            wire::Received got =
                wire::receive(socket_.get(), &message.reply, sizeof message.reply, wire::Blocking::yes);
            if (got.what == wire::Received::What::failed && errno == EINTR) continue;
            const std::size_t expected = message.is_order() ? sizeof(wire::Order) : sizeof(wire::Reply);
            message.descriptor = std::move(got.descriptor);
            return got.what == wire::Received::What::message && got.size_bytes == expected &&
                   message.reply.prefix.magic == wire::magic;
        }
    }

    bool next_order(Message &message) {
        if (early_.empty()) return receive(message) && message.is_order();
        message = std::move(early_.front());
        early_.erase(early_.begin());
        return true;
    }

    int fetch(const memory::Span &span, Mapping &mapping) {
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::find_mapping)};
        request.region.start = span.start;
        request.region.size_bytes = span.size_bytes;
        if (!wire::send(socket_.get(), &request, sizeof request)) return K_EFAIL;
        Message message;
        while (receive(message)) {
            if (message.is_order()) {
                early_.push_back(std::move(message));
                continue;
            }
            mapping = {message.reply.mapping, message.reply.offset, std::move(message.descriptor)};
            return message.reply.status;
        }
        return K_EFAIL;
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
        wire::send(socket_.get(), &request, sizeof request);
    }

    static constexpr std::size_t early_orders = 64;  // more are not lost, but need memory

    wire::Descriptor socket_;
    wire::Descriptor spare_;
    std::vector<Message> early_;  // orders that came before the reply to a question
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
