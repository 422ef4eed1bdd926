#include "client/session.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "client/complaint.hpp"
#include "client/encode.hpp"
#include "client/locate.hpp"
#include "client/user_memory.hpp"

extern "C" __attribute__((weak)) void __tsan_init();

namespace chorus::client {

namespace {

// The socket that a parent handed on, if the variable is there and names it: a process that inherited only the variable
// is no actor.
wire::Descriptor inherited_socket() {
    const char *handed = std::getenv(socket_variable);
    if (handed == nullptr) return {};
    int number = -1;
    unsigned long inode = 0;
    struct stat about;
    const bool valid = std::sscanf(handed, "%d:%lu", &number, &inode) == 2 && fstat(number, &about) == 0 &&
                       S_ISSOCK(about.st_mode) && about.st_ino == inode;
    unsetenv(socket_variable);
    if (!valid) return {};
    fcntl(number, F_SETFD, FD_CLOEXEC);
    return wire::Descriptor(number);
}

// Lines of several actors come out in the order in which they were printed, on a pipe or a file too, as on the one
// console of ChorusOS.
void print_by_lines() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
}

}  // namespace

Session &Session::of_process() {
    static Session &only = *new Session;
    return only;
}

void Session::begin() {
    reserve_windows();
    pthread_atfork(nullptr, nullptr, [] {
        // The socket is the parent's. Its mutex may be held by a thread that the child does not have.
        Session &session = of_process();
        new (&session.mutex_) std::mutex;
        session.channel_ = Channel();
        session.state_ = State::forked;
    });
    wire::Descriptor socket = inherited_socket();
    if (!socket) return;
    channel_ = Channel(std::move(socket));
    print_by_lines();
    wire::Request request{};
    // The reply is read when the first call needs it: main does not wait for the kernel.
    state_ = channel_.send(wire::CallCode::begin, request) == K_OK ? State::begun : State::lost;
}

void Session::reserve_windows() {
    const auto reserve = [&](std::uint64_t start, std::uint64_t end) {
        for (const memory::Span &span : memory::reserve({start, end - start}))
            taken_.push_back(span);
    };
    reserve(wire::user_start, wire::supervisor_end);
    if (&__tsan_init == nullptr)
        reserve(wire::high_start, wire::high_end);
    else
        taken_.push_back({wire::high_start, wire::high_end - wire::high_start});  // the thread sanitizer's own
}

int Session::unmap(const memory::Span &span) {
    int status = K_OK;
    for (const memory::Span &part : memory::without(span, taken_))
        if (const int failed = memory::restore_reservation(part); failed != K_OK) status = failed;
    forget_writable();
    return status;
}

int Session::unmap_all() {
    const int low = unmap({wire::user_start, wire::user_end - wire::user_start});
    const int high = unmap({wire::high_start, wire::high_end - wire::high_start});
    return low == K_OK ? high : low;
}

bool Session::prepare_unmap(const memory::Span &span) {
    for (const memory::Span &part : memory::without(span, taken_))
        if (!memory::split_at_ends(part)) {
            unprepare_unmap(span);
            return false;
        }
    return true;
}

void Session::unprepare_unmap(const memory::Span &span) {
    for (const memory::Span &part : memory::without(span, taken_))
        memory::join_at_ends(part);
}

int Session::ensure_actor() {
    switch (state_) {
        case State::actor:
            return K_OK;
        case State::alone:
            return join();
        case State::begun: {
            wire::Reply reply;
            const int status = channel_.receive(reply);
            if (status == K_OK) return identify(reply);
            if (status != K_EUNKNOWN) return status;
            channel_ = Channel();  // the socket was meant for the process that this one descends from
            return join();
        }
        case State::forked:
            return K_ENOTIMP;
        case State::lost:
            break;
    }
    return K_EFAIL;
}

int Session::join() {
    std::string problem;
    wire::Descriptor socket = connect_to_kernel(std::nullopt, Missing::start_private, problem);
    if (!socket) {
        complain("%s", problem.c_str());
        state_ = State::lost;
        return K_EFAIL;
    }
    channel_ = Channel(std::move(socket));
    print_by_lines();
    wire::Request request{};
    wire::Reply reply;
    encode_name(program_invocation_name, request.name);
    const int status = channel_.call(wire::CallCode::join, request, reply);
    if (status == K_OK) return identify(reply);
    if (channel_.open())
        channel_ = Channel();  // refused: there may be room for another actor later
    else
        state_ = State::lost;
    return status;
}

int Session::identify(const wire::Reply &reply) {
    capability_ = capability_of(reply);
    actor_ = reply.actor;
    state_ = State::actor;
    for (const memory::Span &span : taken_) {
        wire::Request request{};
        wire::Reply excluded;
        request.region.start = span.start;
        request.region.size_bytes = span.size_bytes;
        if (const int status = channel_.call(wire::CallCode::exclude, request, excluded); status != K_OK) return status;
    }
    return K_OK;
}

int Session::call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor) {
    if (const int status = ensure_actor(); status != K_OK) return status;
    return channel_.call(code, request, reply, descriptor);
}

namespace {

__attribute__((constructor)) void begin_session() {
    Session::of_process().begin();
}

}  // namespace

}  // namespace chorus::client
