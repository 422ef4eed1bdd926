#include "daemon/site.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

#include "daemon/codec.hpp"
#include "daemon/log.hpp"
#include "daemon/process.hpp"

namespace chorus::daemon {

namespace {

constexpr std::chrono::milliseconds listen_pause{50};
constexpr std::chrono::seconds grace{2};

// At its other end.
bool closed(int socket) {
    pollfd end{.fd = socket, .events = 0, .revents = 0};
    return poll(&end, 1, 0) > 0 && (end.revents & POLLHUP) != 0;
}

bool carries_descriptor(wire::CallCode code) {
    using enum wire::CallCode;
    return code == join || code == begin || code == show_status;
}

}  // namespace

// A connection that exists already.
void Site::adopt(wire::Descriptor socket, const wire::Peer &peer, Place place) {
    const int number = socket.get();
    Connection connection;
    connection.socket = std::move(socket);
    connection.peer = peer;
    Connection &adopted = connections_.emplace(number, std::move(connection)).first->second;
    note(adopted);
    watch_connection(adopted, place);
}

void Site::watch_connection(Connection &connection, Place place) {
    const int socket = connection.socket.get();
    connection.place = place;
    loop_.watch(
        socket, [this, socket] { serve_connection(socket); }, place);
}

// ---- The end of an event.

// What it has changed is true from here on, whoever dies.
void Site::end_event() {
    if (journal_.dirty() || acting_) {
        journal_.performed(control_.hand.number);
        journal_.commit();
        acting_ = false;
    }
    control_.hand.stage = Hand::Stage::empty;
    closing_.clear();
    releasing_.clear();
    acquired_socket_.reset();
    control_.events = control_.events + 1;
}

void Site::serve_lost() {
    while (!lost_.empty()) {
        const kernel::ActorId actor = lost_.back();
        lost_.pop_back();
        if (state_.find_actor(actor) != nullptr) serve({}, kernel::call::ActorDied{actor}, For::itself);
        end_event();
    }
}

void Site::settle() {
    end_event();
    do {
        serve_lost();
        serve_waiting();
    } while (!lost_.empty());
    if (journal_.long_enough()) journal_.checkpoint(state_, tables(), control_.hand.number);
    end_if_done();
}

// ---- Connections.

bool Site::owns(const wire::Peer &peer) const {
    return peer.uid == state_.config.kernel_uid || peer.uid == 0;
}

bool Site::admits(int socket, const wire::Peer &peer) const {
    if (owns(peer)) return true;
    const auto among = [](const std::vector<std::uint32_t> &all, std::uint32_t one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    if (among(settings_.users, peer.uid) || among(settings_.groups, peer.gid)) return true;
    const std::vector<std::uint32_t> groups = wire::groups_of(socket);
    return std::any_of(groups.begin(), groups.end(),
                       [&](std::uint32_t group) { return among(settings_.groups, group); });
}

// Whether a request presents the secret of this private kernel. Takes the same time for every wrong one.
bool Site::knows_secret(const wire::Request &request) const {
    const auto &[first, second] = control_.secret;
    const std::uint64_t difference = (request.source_start ^ first) | (request.source_size_bytes ^ second);
    return ((first | second) != 0) & (difference == 0);
}

void Site::let_one_in() {
    wire::Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {
        if (errno != EMFILE && errno != ENFILE) return;
        // Nobody else can be let in until somebody leaves, here or elsewhere: not to be told again and again.
        log::warn("no descriptor is left for another connection");
        loop_.forget(listener_.get());
        listening_ = false;
        listen_timer_.set(listen_pause);
        return;
    }
    wire::Peer peer;
    if (!wire::peer_of(socket.get(), peer)) return in_vain();
    if (!admits(socket.get(), peer)) {
        log::warn("user {} (pid {}) is not let in: the site is user {}'s; 'chorusd --allow-user' lets others in",
                  peer.uid, peer.pid, state_.config.kernel_uid);
        return in_vain();
    }
    if (strangers_of(peer.pid) >= strangers_max) {
        if (peer.pid != crowder_)
            log::warn("pid {} (user {}) has {} connections that are no actors: it gets no more of them", peer.pid,
                      peer.uid, strangers_max);
        crowder_ = peer.pid;
        return in_vain();
    }
    event_.socket = socket.get();
    adopt(std::move(socket), peer, Place::back);
    settle();
}

long Site::strangers_of(std::uint32_t pid) const {
    return std::count_if(connections_.begin(), connections_.end(), [pid](const auto &known) {
        const Connection &connection = known.second;
        const bool stranger = connection.holder == Holder::unknown || connection.holder == Holder::console;
        return stranger && connection.peer.pid == pid;
    });
}

// A message is received into memory that outlives this process: it is in its socket, or in hand, or done.
void Site::read_one(int socket) {
    Hand &hand = control_.hand;
    hand.socket = socket;
    ++hand.number;
    hand.waiting = 0;
    hand.faults = hand.kills = 0;
    hand.request = {};  // no byte of the one before, whose sender was another one
    hand.stage = Hand::Stage::received;
    const ssize_t size_bytes =
        wire::receive_into(hand.inbox, socket, &hand.request, sizeof hand.request, wire::Blocking::no);
    // Later: the loop tells again of what is there.
    if (size_bytes < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == ENOBUFS)) return;
    handle_hand(size_bytes);
}

void Site::handle_hand(ssize_t size_bytes) {
    Connection &connection = connections_.at(control_.hand.socket);
    const wire::Request request = control_.hand.request;
    wire::Received got = wire::unpack(control_.hand.inbox, size_bytes);
    const auto handle_message = [&] {
        if (got.what != wire::Received::What::message) return drop(connection.socket.get());
        if (got.size_bytes < sizeof request.prefix || request.prefix.magic != wire::magic)
            return drop(connection, text::format("{} bytes that are no message", got.size_bytes));
        if (request.prefix.version != wire::version) return refuse_version(connection, request.prefix);
        if (got.size_bytes != sizeof request)
            return drop(connection, text::format("a message of {} bytes, not {}", got.size_bytes, sizeof request));
        if (!got.others.empty() || (got.descriptor && !carries_descriptor(wire::code_of(request))))
            return drop(connection, "a descriptor, which that call does not carry");
        if (connection.holder == Holder::service)
            handle_service(connection, request, got);
        else
            handle(connection, request, got);
    };
    handle_message();
    put_away(std::move(got));
}

// What came along stays open until the hand is empty: the next kernel would look at it again.
void Site::put_away(wire::Received got) {
    closing_.push_back(std::move(got.descriptor));
    for (wire::Descriptor &other : got.others)
        closing_.push_back(std::move(other));
}

void Site::drop(Connection &connection, const std::string &why) {
    log::warn("connection of pid {} (user {}) ended: it sent {}", connection.peer.pid, connection.peer.uid, why);
    in_vain(connection);
    drop(connection.socket.get());
}

void Site::drop(int socket) {
    loop_.forget(socket);
    auto node = connections_.extract(socket);
    if (node.empty()) return;
    Connection &connection = node.mapped();
    if (connection.holder == Holder::unknown) in_vain(connection);
    journal_.erase<ConnectionRow>(socket);
    shutdown(socket, SHUT_RDWR);  // whoever dies before it is closed: the other end learns of it
    closing_.push_back(std::move(connection.socket));
    forget_waiting(socket);
    if (connection.holder == Holder::actor || connection.holder == Holder::service) {
        forget_socket(connection.actor, socket);
        actor_gone(connection.actor);
    }
    listen_again();
}

// Its number is another one's from the end of the event on.
void Site::forget_socket(kernel::ActorId actor, int socket) {
    const auto it = processes_.find(actor);
    if (it == processes_.end()) return;
    for (int *known : {&it->second.connection, &it->second.service})
        if (*known == socket) *known = -1;
    note(actor, it->second);
}

void Site::listen_again() {
    if (!listener_ || listening_) return;
    loop_.watch(
        listener_.get(), [this] { accept_one(); }, Place::back);
    listening_ = true;
}

void Site::refuse_version(Connection &connection, const wire::Prefix &prefix) {
    wire::VersionRefusal refusal{};
    refusal.prefix = {wire::magic, wire::version, wire::version_refused};
    const std::string text = text::format("the program speaks wire version {}, the kernel version {}: build both alike",
                                          prefix.version, wire::version);
    std::memcpy(refusal.text, text.data(), std::min(text.size(), sizeof refusal.text - 1));
    wire::send_now(connection.socket.get(), &refusal, sizeof refusal);
    drop(connection, text::format("wire version {}; this kernel speaks {}", prefix.version, wire::version));
}

kernel::Caller Site::caller_of(const Connection &connection) const {
    kernel::Caller caller{std::nullopt, connection.peer.uid, connection.peer.gid};
    if (connection.holder == Holder::actor || connection.holder == Holder::service) caller.actor = connection.actor;
    return caller;
}

void Site::handle(Connection &connection, const wire::Request &request, wire::Received &got) {
    const wire::CallCode code = wire::code_of(request);
    if (code == wire::CallCode::spawned && connection.holder != Holder::unknown)
        return note_spawned(connection, request);
    const bool introduces =
        code == wire::CallCode::join || code == wire::CallCode::console || code == wire::CallCode::present_token;
    if (introduces != (connection.holder == Holder::unknown) || code == wire::CallCode::acknowledge ||
        code == wire::CallCode::claim)
        return drop(connection, text::format("call {} out of turn", request.prefix.call));
    const int socket = connection.socket.get();
    if (waiting_.has(socket)) return drop(socket);  // its other end is gone: nobody reads an answer
    if (code == wire::CallCode::present_token) {
        const bool known = knows_secret(request);
        if (!known) in_vain();
        return answer(connection, request, {.status = known ? kernel::Status::ok : kernel::Status::invalid});
    }
    if (code == wire::CallCode::console) {
        connection.holder = Holder::console;
        note(connection);
        return answer(connection, request, {.name = control_.site});
    }
    if (code == wire::CallCode::inspect_waits && connection.holder == Holder::console)
        return answer_waits(connection, request);
    if (code == wire::CallCode::inspect_calls && connection.holder == Holder::console)
        return answer_calls(connection, request);
    if (code == wire::CallCode::inspect_journal && connection.holder == Holder::console)
        return answer_journal(connection, request);
    if (code == wire::CallCode::reload && connection.holder == Holder::console) return reload(connection, request);
    const auto call = decode(request);
    if (!call) return drop(connection, text::format("a malformed call {}", request.prefix.call));
    if (code == wire::CallCode::begin) {
        const kernel::Status status = begin(connection, got.sender);
        if (!connections_.contains(socket)) return;  // its actor was deleted before it began
        if (status != kernel::Status::ok) return answer(connection, request, {.status = status});
    }
    if (!may_call(connection, code)) return answer(connection, request, {.status = kernel::Status::no_memory});
    Served served = serve(caller_of(connection), *call, For::hand);
    if (!connections_.contains(socket)) return;  // the caller ended itself
    if (!served.outcome) return wait({.socket = socket, .request = request, .call = *call, .change = served.change});
    const bool joined = code == wire::CallCode::join && served.outcome->status == kernel::Status::ok;
    if (joined) {
        connection.holder = Holder::actor;
        connection.actor = served.outcome->actor;
        note(connection);
        Process &process = processes_[connection.actor];
        process.connection = socket;
        watch_process(connection.actor, process, connection.peer.pid);
    }
    const kernel::ActorId actor = connection.actor;
    finish(connection, request, std::move(*served.outcome));
    if (got.descriptor && processes_.contains(actor)) take_service(actor, got.descriptor);
}

// On the service socket a process acknowledges orders, and asks for the mappings that an order speaks of.
void Site::handle_service(Connection &connection, const wire::Request &request, wire::Received &got) {
    const int socket = connection.socket.get();
    const wire::CallCode code = wire::code_of(request);
    if (code == wire::CallCode::show_status) return take_status(connection, got.descriptor);
    const auto call = decode(request);
    const bool claims = code == wire::CallCode::claim;
    if (!call || (code != wire::CallCode::acknowledge && code != wire::CallCode::find_mapping && !claims))
        return drop(connection, text::format("call {} on its service socket", request.prefix.call));
    if (code == wire::CallCode::acknowledge) return acknowledge(connection, request, *call);
    if (const auto process = processes_.find(connection.actor); claims && process != processes_.end()) {
        process->second.claim = request.number;
        note(process->first, process->second);
    }
    const Served served = serve(caller_of(connection), *call, For::hand);
    // A claim is answered by the verdict, unless there is nothing to claim any more.
    if (!served.outcome || (claims && served.outcome->status == kernel::Status::ok)) return;
    if (connections_.contains(socket)) answer(connection, request, *served.outcome);
}

// A member has followed an order, and with it all before. What it says twice, or of an order it was never sent, is
// passed over.
void Site::acknowledge(const Connection &connection, const wire::Request &request, const kernel::Call &call) {
    const auto process = processes_.find(connection.actor);
    if (process == processes_.end()) return in_vain();
    auto &orders = process->second.orders;
    const auto order = orders.find(request.source_size_bytes);
    if (order == orders.end() || order->second.change != request.source_start) return in_vain();
    const auto end = std::next(order);
    for (auto followed = orders.begin(); followed != end; followed = orders.erase(followed))
        journal_.erase<OrderRow>({connection.actor, followed->first});
    if (request.source_start != 0) serve(caller_of(connection), call, For::hand);
    if (const auto still = processes_.find(connection.actor); still != processes_.end()) send_orders(still->second);
}

// Orders go to this socket from now on: the actor has made it, so what it does with it is its own loss.
void Site::take_service(kernel::ActorId actor, wire::Descriptor &socket) {
    Process &process = processes_.at(actor);
    const auto connection = connections_.find(process.connection);  // which may have ended before its reply
    if (connection == connections_.end() || process.service >= 0 || !wire::keeps_borders(socket.get())) return;
    process.service = socket.get();
    adopt(std::move(socket), connection->second.peer, Place::front);
    Connection &service = connections_.at(process.service);
    service.holder = Holder::service;
    service.actor = actor;
    note(service);
    note(actor, process);
    send_orders(process);
}

// The program of a spawned actor speaks for the first time: now its process is known. A program that only inherited the
// socket, from the one that was started, is refused and may join for itself.
kernel::Status Site::begin(Connection &connection, const wire::Peer &sender) {
    const auto it = processes_.find(connection.actor);
    if (connection.holder != Holder::actor || it == processes_.end()) return kernel::Status::unknown_actor;
    Process &process = it->second;
    if (sender.pid == 0 || (process.pidfd && process.pid != sender.pid)) return kernel::Status::unknown_actor;
    wire::state_senders(connection.socket.get(), false);
    connection.peer = sender;
    note(connection);
    watch_process(connection.actor, process, sender.pid);
    return kernel::Status::ok;
}

// A parent tells the pid of the child that it has just started, so that a program that never speaks can be ended too.
void Site::note_spawned(const Connection &parent, const wire::Request &request) {
    const auto actor = static_cast<kernel::ActorId>(request.actor);
    const auto it = processes_.find(actor);
    if (it == processes_.end() || it->second.pidfd) return in_vain();
    if (parent_of(request.value) != parent.peer.pid) return in_vain();
    watch_process(actor, it->second, request.value);
}

void Site::watch_process(kernel::ActorId actor, Process &process, std::uint32_t pid) {
    if (process.pidfd && process.pid == pid) return note(actor, process);
    if (process.pidfd) {
        loop_.forget(process.pidfd.get());
        closing_.push_back(std::move(process.pidfd));
    }
    process.pidfd = open_process(pid);
    process.pid = pid;
    note(actor, process);
    if (!process.pidfd) return;  // gone already: its socket tells
    if (process.condemned) {
        signal_process(process.pidfd, SIGKILL);
        return drop(process.connection);
    }
    if (const kernel::Actor *known = state_.find_actor(actor); known != nullptr && known->stopped)
        signal_process(process.pidfd, SIGSTOP);
    watch_end(actor, process);
}

void Site::watch_end(kernel::ActorId actor, const Process &process) {
    loop_.watch(
        process.pidfd.get(),
        [this, actor] {
            actor_gone(actor);
            settle();
        },
        Place::end);
}

void Site::actor_gone(kernel::ActorId actor) {
    if (state_.find_actor(actor) != nullptr) {
        lost_.push_back(actor);
        return;
    }
    // The kernel knows; what is left is the record of its process.
    auto node = processes_.extract(actor);
    if (node.empty()) return;
    Process &process = node.mapped();
    journal_.erase<ProcessRow>(actor);
    for (const auto &[turn, order] : process.orders)
        journal_.erase<OrderRow>({actor, turn});
    if (process.pidfd) loop_.forget(process.pidfd.get());
    closing_.push_back(std::move(process.pidfd));
    closing_.push_back(std::move(process.status));
    drop(process.connection);
    drop(process.service);
}

void Site::shut_down() {
    if (shutting_down_) return;
    shutting_down_ = true;
    control_.shutting_down = true;
    control_.listener = -1;
    if (listener_) loop_.forget(listener_.get());
    listener_.reset();
    std::vector<int> without_process;
    for (const auto &[socket, connection] : connections_) {
        if (connection.holder == Holder::service) continue;
        const auto process = processes_.find(connection.actor);
        const bool known = connection.holder == Holder::actor && !closed(socket) && process != processes_.end() &&
                           process->second.pidfd && signal_process(process->second.pidfd, SIGTERM);
        if (!known) without_process.push_back(socket);
    }
    for (const int socket : without_process)
        drop(socket);
    settle();
    grace_timer_.set(grace);
    end_if_done();
}

void Site::end_all() {
    for (const auto &[actor, process] : processes_)
        if (process.pidfd) signal_process(process.pidfd, SIGKILL);
    loop_.stop();
}

void Site::end_if_done() {
    if (connections_.empty() && (shutting_down_ || control_.is_private)) loop_.stop();
}

}  // namespace chorus::daemon
