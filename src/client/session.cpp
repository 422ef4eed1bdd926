#include "client/session.hpp"

#include <exec/chExec.h>
#include <fcntl.h>
#include <mem/chMem.h>
#include <pthread.h>
#include <sys/stat.h>
#include <utilities.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "client/children.hpp"
#include "client/complaint.hpp"
#include "client/encode.hpp"
#include "client/kernel_token.hpp"
#include "client/locate.hpp"
#include "client/sleepers.hpp"
#include "client/thread_id.hpp"
#include "wire/socket.hpp"

extern "C" __attribute__((weak)) void __tsan_init();

namespace chorus::client {

namespace {

struct Inherited {
    wire::Descriptor socket;
    bool supervisor = false;
};

// The socket that a parent handed on, if the variable is there and names it: a process that inherited only the variable
// is no actor.
Inherited inherited_socket() {
    const char *handed = std::getenv(socket_variable);
    if (handed == nullptr) return {};
    int number = -1;
    unsigned long inode = 0;
    char mark = ' ';
    struct stat about;
    const int words = std::sscanf(handed, "%d:%lu:%c", &number, &inode, &mark);
    const bool valid = words >= 2 && fstat(number, &about) == 0 && S_ISSOCK(about.st_mode) && about.st_ino == inode;
    unsetenv(socket_variable);
    if (!valid) return {};
    fcntl(number, F_SETFD, FD_CLOEXEC);
    wire::Descriptor socket(number);
    // Whoever started a program with more rights has chosen this kernel, which can change the program's memory.
    if (has_more_rights_than_its_caller() && !is_trusted(number)) return {};
    return {std::move(socket), mark == 's'};
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
    const auto prepare = [] {
        Children::of_process().prepare_fork();
        of_process().prepare_fork();
    };
    const auto in_parent = [] {
        of_process().after_fork();
        Children::of_process().after_fork();
    };
    const auto in_child = [] {
        Children::of_process().become_child();
        of_process().become_child();
    };
    pthread_atfork(prepare, in_parent, in_child);
    Inherited inherited = inherited_socket();
    keep_token_variable(static_cast<bool>(inherited.socket));
    if (!inherited.socket) return;
    print_by_lines();
    take_over(std::move(inherited.socket), inherited.supervisor);
}

// Becomes the actor that a socket is for. Only a supervisor actor waits for the kernel: what is in the supervisor space
// has to be there before main.
void Session::take_over(wire::Descriptor socket, bool supervisor) {
    channel_ = Channel(std::move(socket));
    wire::Request request{};
    wire::Descriptor service;
    state_ = tell(wire::CallCode::begin, request, service) == K_OK ? State::begun : State::lost;
    if (supervisor && state_ == State::begun && ensure_actor() == K_OK)
        if (const int status = map_own(wire::user_end, wire::supervisor_end, 0); status != K_OK) {
            complain("the supervisor space cannot be mapped: %s", strSysError(status));
            std::abort();
        }
    if (state_ != State::lost) serve_on(std::move(service));
}

// Sends the message that introduces this process, and with it one end of a new service socket; the other is ours.
int Session::tell(wire::CallCode introduction, wire::Request &request, wire::Descriptor &service) {
    auto [ours, kernels] = wire::socket_pair();
    service = std::move(ours);
    return channel_.send(introduction, request, kernels.get());
}

void Session::serve_on(wire::Descriptor service) {
    const int socket = service.get();
    if (service) service_ = start_service(std::move(service), follower_, turns_);
    if (service_ != nullptr) show_sleepers(socket);
}

// Maps what the kernel has of this actor in a part of the windows.
int Session::map_own(std::uint64_t start, std::uint64_t end, std::uint32_t options) {
    for (std::uint64_t reached = start; reached < end;) {
        Mapping mapping;
        const int status = fetch({reached, end - reached}, mapping, options);
        if (status == K_EADDR) return K_OK;
        if (status != K_OK) return status;
        reached = mapping.end();
        const memory::Span span{mapping.region.start, mapping.region.size_bytes};
        const Fetch none = [](const memory::Span &, Mapping &) { return K_EADDR; };
        if (const int failed = follower_.map(span, mapping, none); failed != K_OK) return failed;
    }
    return K_OK;
}

// ---- fork: see docs/address-spaces.md.

void Session::prepare_fork() {
    mutex_.lock();
    if (service_ != nullptr) await_start(*service_);
    if (state_ == State::begun) ensure_actor();
    if (state_ != State::actor) return;
    wire::Request request{};
    const std::uint64_t last = turns_.last();
    if (channel_.call(wire::CallCode::fork, request, forked_, &child_socket_) != K_OK) child_socket_.reset();
    fork_turn_ = child_socket_ ? forked_.turn : 0;
    // What was still to be done then may have followed later changes, too.
    fork_in_line_ = last + 1 == fork_turn_;
    // Until the system has made the copy, nothing changes the maps.
    turns_.begin(fork_turn_);
}

// Of what was inherited, the copies are others; all may be, where the parent was not in line.
int Session::take_over_maps(const memory::Span &window) {
    const Fetch from_kernel = [this](const memory::Span &part, Mapping &mapping) { return fetch(part, mapping); };
    if (!fork_in_line_) return follower_.renew(window, from_kernel);
    return map_own(window.start, window.start + window.size_bytes, K_INHERITCOPY);
}

void Session::after_fork() {
    turns_.end(fork_turn_);
    fork_turn_ = 0;
    child_socket_.reset();
    mutex_.unlock();
}

void Session::become_child() {
    // Other threads of the parent may have been in the middle of anything: these two begin anew.
    new (&mutex_) std::mutex;
    new (&turns_) Turns;
    fork_turn_ = 0;
    const State before = state_;
    channel_ = Channel();
    abandon_service(service_);
    service_ = nullptr;
    forget_sleepers();
    forget_thread_id();
    if (before == State::alone) return;
    state_ = State::lost;
    if (before != State::actor || !child_socket_) return;
    capability_ = capability_of(forked_);
    actor_ = forked_.actor;
    if (supervisor_) follower_.unmap({wire::user_end, wire::supervisor_end - wire::user_end});
    take_over(std::move(child_socket_), supervisor_);
    if (supervisor_ || ensure_actor() != K_OK) return;
    int status = take_over_maps({wire::user_start, wire::user_end - wire::user_start});
    if (status == K_OK) status = take_over_maps({wire::high_start, wire::high_end - wire::high_start});
    if (status == K_OK) return;
    complain("a forked child cannot map its copies: %s", strSysError(status));
    std::abort();
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

int Session::ensure_actor() {
    switch (state_) {
        case State::actor:
            return K_OK;
        case State::alone:
            return join();
        case State::begun: {
            wire::Reply reply{};
            const int status = channel_.receive(reply);
            if (status == K_OK) return identify(reply);
            if (status != K_EUNKNOWN) return status;
            channel_ = Channel();  // the socket was meant for the process that this one descends from
            return join();
        }
        case State::lost:
            break;
    }
    return K_EFAIL;
}

int Session::join() {
    std::string problem;
    Connection connection = connect_to_kernel(std::nullopt, Missing::start_private, problem);
    if (!connection.socket) {
        complain("%s", problem.c_str());
        state_ = State::lost;
        return K_EFAIL;
    }
    channel_ = Channel(std::move(connection.socket));
    print_by_lines();
    wire::Request request{};
    wire::Reply reply{};
    wire::Descriptor service;
    encode_name(program_invocation_name, request.name);
    int status = tell(wire::CallCode::join, request, service);
    if (status == K_OK) status = channel_.receive(reply);
    if (status == K_OK) {
        pass_on(connection.token);
        serve_on(std::move(service));
        return identify(reply);
    }
    if (channel_.open()) {
        channel_ = Channel();  // refused: there may be room for another actor later
    } else {
        if (!problem.empty()) complain("%s", problem.c_str());
        state_ = State::lost;
    }
    return status;
}

int Session::identify(const wire::Reply &reply) {
    capability_ = capability_of(reply);
    actor_ = reply.actor;
    supervisor_ = reply.value == K_SUPACTOR;
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

int Session::fetch(const memory::Span &span, Mapping &mapping, std::uint32_t options) {
    wire::Request request{};
    wire::Reply reply{};
    request.region.start = span.start;
    request.region.size_bytes = span.size_bytes;
    request.region.options = options;
    const int status = call(wire::CallCode::find_mapping, request, reply, &mapping.descriptor);
    if (status != K_OK) return status;
    mapping.region = reply.mapping;
    mapping.offset = reply.offset;
    return K_OK;
}

namespace {

__attribute__((constructor)) void begin_session() {
    Session::of_process().begin();
}

}  // namespace

}  // namespace chorus::client
