// A kernel that follows another one: what it takes over, and what it finishes. docs/restart.md has the states.
#include <exec/chTypes.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "daemon/codec.hpp"
#include "daemon/keeper.hpp"
#include "daemon/log.hpp"
#include "daemon/process.hpp"
#include "daemon/site.hpp"
#include "daemon/upgrade.hpp"

namespace chorus::daemon {

namespace {

// Of one call: then it is not tried again.
constexpr std::uint32_t faults_max = 3, kills_max = 16;

// So that newcomers are let in, and calls answered, when segments have taken all they may.
constexpr int descriptors_for_connections = 64;

int descriptors_at_most() {
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > std::numeric_limits<int>::max())
        return std::numeric_limits<int>::max();
    return static_cast<int>(limit.rlim_cur);
}

std::string name_of_socket(int socket) {
    sockaddr_un address{};
    socklen_t length = sizeof address;
    if (getsockname(socket, reinterpret_cast<sockaddr *>(&address), &length) != 0) return {};
    const std::size_t name_bytes = length - std::min<std::size_t>(length, offsetof(sockaddr_un, sun_path));
    return address.sun_family == AF_UNIX ? std::string(address.sun_path, name_bytes) : std::string();
}

std::set<int> named_descriptors(const Control &control, const Known &known) {
    std::set<int> named{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, control.control_file, control.listener};
    named.insert({control.keeper_pidfd, control.kernel_pidfd, control.former_kernel_pidfd, control.replace_event});
    named.insert(std::begin(control.journal_files), std::end(control.journal_files));
    for (const auto &[socket, row] : std::get<Table<ConnectionRow>>(known.tables))
        named.insert(socket);
    for (const auto &[actor, row] : std::get<Table<ProcessRow>>(known.tables))
        named.insert({row.status, row.pidfd});
    for (const auto &[id, row] : std::get<Table<SegmentRow>>(known.tables))
        named.insert(row.file);
    if (known.unfinished) named.insert(known.unfinished->socket);
    const Hand &hand = control.hand;
    if (hand.stage == Hand::Stage::empty || hand.number == known.settled) return named;
    if (hand.stage == Hand::Stage::answering) named.insert(hand.reply_descriptor);
    if (hand.waiting != 0 || hand.request.prefix.magic == 0) return named;
    wire::Received got = wire::unpack(hand.inbox, sizeof hand.request);
    named.insert(got.descriptor.release());
    for (wire::Descriptor &other : got.others)
        named.insert(other.release());
    return named;
}

// Whether what is in hand is a message, or a call that has waited.
bool holds_message(const Hand &hand) {
    return hand.waiting != 0 || hand.request.prefix.magic != 0;
}

std::string hex(const wire::Request &request) {
    std::string text;
    for (std::size_t i = 0; i < sizeof request; ++i)
        text += text::format("{:02x}", reinterpret_cast<const unsigned char *>(&request)[i]);
    return text;
}

}  // namespace

Known nothing_yet(const kernel::Config &config) {
    Known known;
    known.state = kernel::State(config);
    return known;
}

// Somebody who was let in, but not noted yet, stays: the connection is there, and a call may lie in it.
void close_unnamed(const Control &control, Known &known) {
    const std::set<int> named = named_descriptors(control, known);
    const std::string own_name = control.listener < 0 ? std::string() : name_of_socket(control.listener);
    for (const int number : open_descriptors()) {
        if (named.contains(number)) continue;
        wire::Descriptor unnamed(number);
        wire::Peer peer;
        if (own_name.empty() || name_of_socket(number) != own_name || !wire::peer_of(number, peer)) continue;
        table<ConnectionRow>(known.tables)[unnamed.release()] = {.holder = Holder::unknown, .peer = peer, .actor = {}};
    }
}

Site::Site(Loop &loop, Control &control, Journal &journal, const Settings &settings, Known known)
    : loop_(loop),
      control_(control),
      journal_(journal),
      settings_(settings),
      state_(std::move(known.state)),
      listen_timer_(loop, [this] { listen_again(); }),
      back_timer_(loop, [&loop] { loop.open_back(); }),
      grace_timer_(loop, [this] { end_all(); }),
      waiting_(loop, [this] { refuse_late(); }),
      next_waiting_(known.next_waiting),
      last_segment_file_(descriptors_at_most() - descriptors_for_connections),
      unfinished_(std::move(known.unfinished)) {
    if (control_.hand.number == known.settled) control_.hand.stage = Hand::Stage::empty;
    adopt_rows(known.tables);
    if (control_.listener < 0) return;
    listener_ = wire::Descriptor(control_.listener);
    listen_again();
}

void Site::adopt_rows(Tables &tables) {
    for (const auto &[id, row] : table<SegmentRow>(tables))
        segments_.keep(number(id), memory::Segment::adopt(row.file, row.size_bytes));
    for (const auto &[socket, row] : table<ConnectionRow>(tables)) {
        Connection connection{row.holder, wire::Descriptor(socket), row.peer, row.actor};
        watch_connection(connections_.emplace(socket, std::move(connection)).first->second,
                         row.holder == Holder::unknown ? Place::back : Place::front);
    }
    for (const auto &[actor, row] : table<ProcessRow>(tables)) {
        Process &process = processes_[actor];
        process.connection = row.connection;
        process.service = row.service;
        process.claim = row.claim;
        process.status = wire::Descriptor(row.status);
        process.pidfd = wire::Descriptor(row.pidfd);
        process.pid = row.pid;
        process.condemned = row.condemned;
        if (process.pidfd) watch_end(actor, process);
    }
    for (const auto &[key, row] : table<OrderRow>(tables))
        if (const auto it = processes_.find(key.member); it != processes_.end())
            it->second.orders.emplace(key.turn, row.order);
    for (const auto &[number, row] : table<WaitingRow>(tables)) {
        using Clock = WaitingCall::Clock;
        const Clock::time_point deadline{std::chrono::nanoseconds(row.deadline_ns)};
        const auto call = decode(row.request);
        if (!call) continue;
        waiting_.add({number, row.socket, row.request, *call, row.change, deadline});
        loop_.listen(row.socket, Listen::to_its_end);
    }
}

// ---- What was cut off.

void Site::resume() {
    std::vector<int> uninvited;  // the kernel before this one had not come to refuse them
    for (const auto &[socket, connection] : connections_) {
        const wire::Peer &peer = connection.peer;
        const bool stranger = connection.holder == Holder::unknown;
        if (stranger && (!admits(socket, peer) || strangers_of(peer.pid) > strangers_max)) uninvited.push_back(socket);
    }
    for (const int socket : uninvited)
        drop(socket);
    finish_hand();
    for (const auto &[actor, about] : state_.actors) {
        const auto process = processes_.find(actor);
        const auto connection =
            process == processes_.end() ? connections_.end() : connections_.find(process->second.connection);
        const bool connected = connection != connections_.end() && connection->second.holder == Holder::actor &&
                               connection->second.actor == actor;
        if (about.phase != kernel::Phase::created && !connected) lost_.push_back(actor);
    }
    for (auto &[actor, process] : processes_)
        send_orders(process);
    settle();
    if (control_.shutting_down) shut_down();
}

// The action that was cut off, and the message.
void Site::finish_hand() {
    Hand &hand = control_.hand;
    const bool cut_off = hand.stage != Hand::Stage::empty && holds_message(hand) && connections_.contains(hand.socket);
    if (cut_off) ++(control_.by_fault ? hand.faults : hand.kills);
    const bool given_up = cut_off && (hand.faults >= faults_max || hand.kills >= kills_max);
    std::uint64_t change_given_up = 0;
    if (unfinished_) {
        acquired_socket_ = wire::Descriptor(unfinished_->socket);
        if (!unfinished_->in_hand)
            carry_out(std::move(unfinished_->effects));
        else if (!given_up)
            resumed_ = carry_out(std::move(unfinished_->effects));
        else
            change_given_up = unfinished_->effects.change;
        acting_ = true;
    }
    for (const auto &[id, segment] : state_.segments)
        segments_.promise(number(id), segment.coverage.covered_bytes());
    const bool answering = cut_off && hand.stage == Hand::Stage::answering;
    if (answering && !is_kept(hand.reply_descriptor)) closing_.emplace_back(hand.reply_descriptor);
    if (given_up) {
        refuse_hand();
    } else if (cut_off && hand.waiting == 0) {
        const bool longer = (hand.inbox.header.msg_flags & MSG_TRUNC) != 0;
        handle_hand(sizeof hand.request + (longer ? 1 : 0));
    } else if (answering) {
        forget_waiting(hand.socket);
        answer(connections_.at(hand.socket), hand.request, {});
    } else if (cut_off && waiting_.has(hand.socket)) {
        serve_again(hand.socket);
    }
    resumed_.reset();
    if (change_given_up == 0) return;
    end_event();
    serve({}, kernel::call::ChangeIsLate{change_given_up}, For::itself);
}

bool Site::is_kept(int descriptor) const {
    if (descriptor < 0 || descriptor == acquired_socket_.get() || connections_.contains(descriptor)) return true;
    return std::any_of(state_.segments.begin(), state_.segments.end(),
                       [&](const auto &segment) { return segments_.at(number(segment.first)).file() == descriptor; });
}

// A kernel dies of it each time.
void Site::refuse_hand() {
    const Hand &hand = control_.hand;
    Connection &connection = connections_.at(hand.socket);
    const wire::Request request = hand.request;
    log::critical("call {} of actor {} (pid {}, user {}) is refused: {} kernels died of it. Its bytes: {}",
                  request.prefix.call, static_cast<std::uint32_t>(connection.actor), connection.peer.pid,
                  connection.peer.uid, hand.faults + hand.kills, hex(request));
    if (hand.waiting == 0) put_away(wire::unpack(hand.inbox, sizeof request));
    forget_waiting(hand.socket);
    if (connection.holder == Holder::service) return drop(connection, "what kernels die of");  // it awaits no reply
    answer(connection, request, {.status = static_cast<kernel::Status>(K_EFAIL)});
}

// ---- What this kernel leaves to another program.

void Site::answer_journal(Connection &connection, const wire::Request &request) {
    if (!owns(connection.peer)) return answer(connection, request, {.status = kernel::Status::not_privileged});
    wire::Descriptor shown = show_kernel(settings_.program, control_.owner.load().program, state_, tables());
    send_listing(connection, encode(request, {}), std::move(shown));
}

// Stays in hand while another program takes the place of this one, whose kernel then answers.
void Site::reload(Connection &connection, const wire::Request &request) {
    const auto answer_status = [&](kernel::Status status) { answer(connection, request, {.status = status}); };
    if (!owns(connection.peer)) return answer_status(kernel::Status::not_privileged);
    if (request.value != control_.owner.load().program) return answer_status(kernel::Status::ok);
    if (control_.replace_error.exchange(0) == 0) {
        journal_.checkpoint(state_, tables(), control_.hand.number - 1);
        hand_over(control_);
    }
    answer_status(static_cast<kernel::Status>(K_EFAIL));
}

// ---- Rows.

ConnectionRow Site::row_of(const Connection &connection) {
    return {connection.holder, connection.peer, connection.actor};
}

ProcessRow Site::row_of(const Process &process) {
    return {.connection = process.connection,
            .service = process.service,
            .status = process.status.get(),
            .pidfd = process.pidfd.get(),
            .pid = process.pid,
            .condemned = process.condemned,
            .claim = process.claim};
}

WaitingRow Site::row_of(const WaitingCall &waiting) {
    const auto deadline = waiting.deadline.time_since_epoch();
    return {.socket = waiting.socket,
            .request = waiting.request,
            .change = waiting.change,
            .deadline_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline).count()};
}

void Site::note(const Connection &connection) {
    journal_.put<ConnectionRow>(connection.socket.get(), row_of(connection));
}

void Site::note(kernel::ActorId actor, const Process &process) {
    journal_.put<ProcessRow>(actor, row_of(process));
}

void Site::note(const WaitingCall &waiting) {
    journal_.put<WaitingRow>(waiting.number, row_of(waiting));
}

Tables Site::tables() const {
    Tables all;
    for (const auto &[socket, connection] : connections_)
        table<ConnectionRow>(all)[socket] = row_of(connection);
    for (const auto &[actor, process] : processes_) {
        table<ProcessRow>(all)[actor] = row_of(process);
        for (const auto &[turn, order] : process.orders)
            table<OrderRow>(all)[{actor, turn}] = {order};
    }
    for (const auto &[id, record] : state_.segments) {
        const memory::Segment &segment = segments_.at(number(id));
        table<SegmentRow>(all)[id] = {segment.file(), segment.size_bytes()};
    }
    for (const WaitingCall &waiting : waiting_.all())
        table<WaitingRow>(all)[waiting.number] = row_of(waiting);
    return all;
}

}  // namespace chorus::daemon
