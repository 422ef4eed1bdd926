#include "client/service.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
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

    // Returns when the connection ends. docs/restart.md lists every message in every state.
    void run() {
        runs_ = true;
        runs_.notify_all();
        for (Message message; next_order(message);) {
            const wire::Order order = message.order();
            if (order.turn <= turns_.last()) continue;  // told again by a kernel that cannot know
            const Mapping first{order.mapping, order.offset, std::move(message.descriptor)};
            turns_.begin(order.turn);
            acknowledge(order, follow(order, first));
            turns_.end(order.turn);
        }
        turns_.leave();
        if (end_ != End::invalid) return;  // the next call reports it
        complain(
            "the kernel has sent an invalid message: this process leaves the site, and its calls fail from now on");
        shutdown(socket_.get(), SHUT_RDWR);  // the kernel ends the actor
    }

    void await_start() const { runs_.wait(false); }

    void abandon() {
        spare_.reset();
        socket_.reset();
    }

  private:
    // Why the connection has ended: the kernel closed it, or sent an invalid message.
    enum class End { none, closed, invalid };

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

    // One descriptor is kept, to be given up for one that could not be received: an actor that has all its descriptors
    // open can follow.
    void keep_spare() {
        if (!spare_) spare_ = wire::Descriptor(fcntl(socket_.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    }

    // False where the connection has ended.
    bool receive(Message &message) {
        while (end_ == End::none) {
            wire::Received got =
                wire::receive(socket_.get(), &message.reply, sizeof message.reply, wire::Blocking::yes);
            if (got.what == wire::Received::What::failed && errno == EINTR) continue;
            if (got.what != wire::Received::What::message) {
                end_ = End::closed;
                break;
            }
            const std::size_t expected = message.is_order() ? sizeof(wire::Order) : sizeof(wire::Reply);
            message.descriptor = std::move(got.descriptor);
            if (got.size_bytes == expected && message.reply.prefix.magic == wire::magic) return true;
            end_ = End::invalid;
        }
        return false;
    }

    // A reply here is a duplicate, which a new kernel sends after a takeover.
    bool next_order(Message &message) {
        if (early_.empty()) {
            while (receive(message))
                if (message.is_order()) return true;
            return false;
        }
        message = std::move(early_.front());
        early_.erase(early_.begin());
        return true;
    }

    int fetch(const memory::Span &span, Mapping &mapping) {
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::find_mapping)};
        request.region.start = span.start;
        request.region.size_bytes = span.size_bytes;
        Message message;
        if (!ask(request, message)) return K_EFAIL;
        if (message.reply.status == K_OK && !message.descriptor) {
            spare_.reset();
            const bool asked = ask(request, message);
            if (!asked) return K_EFAIL;
        }
        mapping = {message.reply.mapping, message.reply.offset, std::move(message.descriptor)};
        return message.reply.status;
    }

    // Sends a question and waits for its reply. Orders and duplicates of earlier replies may arrive first.
    // False where the connection has ended.
    bool ask(wire::Request &request, Message &message) {
        request.number = ++number_;
        if (!wire::send(socket_.get(), &request, sizeof request)) {
            if (errno == EPIPE || errno == ECONNRESET) end_ = End::closed;
            return false;
        }
        while (receive(message)) {
            if (message.is_order())
                early_.push_back(std::move(message));
            else if (message.reply.number == number_)
                return true;
        }
        return false;
    }

    int follow(const wire::Order &order, const Mapping &first) {
        const memory::Span span{order.start, order.size_bytes};
        const Fetch fetch_part = [this](const memory::Span &part, Mapping &mapping) { return fetch(part, mapping); };
        if (order.follow == static_cast<std::uint32_t>(wire::FollowBy::map))
            return follower_.map(span, first, fetch_part);
        if (order.change != 0)
            if (const int status = agree(order, span); status != K_OK) return status == K_EABORT ? K_OK : status;
        const bool unmap = order.follow == static_cast<std::uint32_t>(wire::FollowBy::unmap);
        const int status = unmap ? follower_.unmap(span) : follower_.renew(span, fetch_part);
        if (status != K_OK && end_ == End::none) end_process();
        return status;
    }

    // What is mapped is touched only when all members are ready. K_EABORT where it does not come to that.
    int agree(const wire::Order &order, const memory::Span &span) {
        if (!follower_.prepare(span)) return K_ENOMEM;
        if (order.change != claimed_) {  // an order for another range of the same change shares its verdict
            claimed_ = order.change;
            verdict_ = claim(order.change);
        }
        if (verdict_ != K_OK) follower_.unprepare(span);
        return verdict_;
    }

    int claim(std::uint64_t change) {
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::claim)};
        request.source_start = change;
        Message message;
        return ask(request, message) ? message.reply.status : K_EABORT;
    }

    [[noreturn]] static void end_process() {
        complain("this actor's memory cannot follow its address space any more: no mappings are left");
        std::abort();
    }

    void acknowledge(const wire::Order &order, int status) {
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::acknowledge)};
        keep_spare();
        request.source_start = order.change;
        request.source_size_bytes = order.turn;
        request.flags = status == K_OK ? 0 : wire::flag::failed;
        wire::send(socket_.get(), &request, sizeof request);
    }

    static constexpr std::size_t early_orders = 64;  // more are not lost, but need memory

    std::atomic<bool> runs_ = false;
    wire::Descriptor socket_;
    wire::Descriptor spare_;
    End end_ = End::none;
    std::uint64_t number_ = 0;    // of the last question
    std::uint64_t claimed_ = 0;   // the last change that this was ready to follow,
    int verdict_ = 0;             // and what the kernel said
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

void await_start(const Service &service) {
    service.await_start();
}

void abandon_service(Service *of_parent) {
    if (of_parent != nullptr) of_parent->abandon();
}

}  // namespace chorus::client
