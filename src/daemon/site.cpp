#include "daemon/site.hpp"

#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "daemon/codec.hpp"
#include "daemon/process.hpp"
#include "kernel/apply.hpp"
#include "kernel/decide.hpp"

namespace chorus::daemon {

namespace {

constexpr timespec grace{.tv_sec = 2, .tv_nsec = 0};

std::uint64_t random_key() {
    std::uint64_t key = 0;
    while (key == 0)
        if (getrandom(&key, sizeof key, 0) != sizeof key && errno != EINTR)
            throw std::system_error(errno, std::system_category(), "getrandom");
    return key;
}

memory::Access access_of(const kernel::Region &region) {
    return (region.options & kernel::option::writable) != 0 ? memory::Access::read_write : memory::Access::read_only;
}

std::uint64_t number(kernel::SegmentId id) {
    return static_cast<std::uint64_t>(id);
}

wire::CallCode code_of(const wire::Request &request) {
    return static_cast<wire::CallCode>(request.prefix.call);
}

void copy_name(char (&to)[wire::name_bytes], const std::string &name) {
    std::memcpy(to, name.data(), std::min(name.size(), sizeof to - 1));
}

template <class Row>
wire::Descriptor file_of(const std::vector<Row> &rows) {
    wire::Descriptor file(memfd_create("chorus-list", MFD_CLOEXEC));
    const std::size_t size_bytes = rows.size() * sizeof(Row);
    if (file && pwrite(file.get(), rows.data(), size_bytes, 0) != static_cast<ssize_t>(size_bytes)) file.reset();
    return file;
}

}  // namespace

Site::Site(Loop &loop, std::string name, const kernel::Config &config, Lifetime lifetime)
    : loop_(loop), name_(std::move(name)), state_(config), lifetime_(lifetime) {}

void Site::listen(wire::Descriptor socket) {
    listener_ = std::move(socket);
    loop_.watch(listener_.get(), [this] { accept_one(); });
    listening_ = true;
}

void Site::adopt(wire::Descriptor socket, const wire::Peer &peer) {
    const int number = socket.get();
    Connection connection;
    connection.socket = std::move(socket);
    connection.peer = peer;
    connections_.emplace(number, std::move(connection));
    loop_.watch(number, [this, number] { read_one(number); });
}

void Site::accept_one() {
    wire::Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) {
        if (errno != EMFILE && errno != ENFILE) return;
        // Nobody else can be let in until somebody leaves: not to be told again and again.
        spdlog::warn("no descriptor is left for another connection");
        loop_.forget(listener_.get());
        listening_ = false;
        return;
    }
    wire::Peer peer;
    if (!wire::peer_of(socket.get(), peer)) return;
    if (peer.uid != state_.config.kernel_uid && peer.uid != 0) {
        spdlog::warn("user {} (pid {}) is not let in: the site is user {}'s", peer.uid, peer.pid,
                     state_.config.kernel_uid);
        return;
    }
    adopt(std::move(socket), peer);
}

void Site::read_one(int socket) {
    Connection &connection = connections_.at(socket);
    wire::Request request;
    const wire::Received got = wire::receive(socket, &request, sizeof request, wire::Blocking::no);
    if (got.what == wire::Received::What::failed && errno == EAGAIN) return;
    if (got.what != wire::Received::What::message) return drop(socket);
    if (got.size_bytes < sizeof request.prefix || request.prefix.magic != wire::magic)
        return drop(connection, fmt::format("{} bytes that are no message", got.size_bytes));
    if (request.prefix.version != wire::version) return refuse_version(connection, request.prefix);
    if (got.size_bytes != sizeof request)
        return drop(connection, fmt::format("a message of {} bytes, not {}", got.size_bytes, sizeof request));
    if (got.descriptors > 0) return drop(connection, "a descriptor, which no call carries");
    handle(connection, request, got.sender);
}

void Site::drop(Connection &connection, const std::string &why) {
    spdlog::warn("connection of pid {} (user {}) ended: it sent {}", connection.peer.pid, connection.peer.uid, why);
    drop(connection.socket.get());
}

void Site::drop(int socket) {
    loop_.forget(socket);
    const auto node = connections_.extract(socket);
    if (node.empty()) return;
    if (node.mapped().holder == Connection::Holder::actor) actor_gone(node.mapped().actor);
    if (listener_ && !listening_) {
        loop_.watch(listener_.get(), [this] { accept_one(); });
        listening_ = true;
    }
    end_if_done();
}

void Site::refuse_version(Connection &connection, const wire::Prefix &prefix) {
    wire::VersionRefusal refusal{};
    refusal.prefix = {wire::magic, wire::version, wire::version_refused};
    const std::string text = fmt::format("the program speaks wire version {}, the kernel version {}: build both alike",
                                         prefix.version, wire::version);
    std::memcpy(refusal.text, text.data(), std::min(text.size(), sizeof refusal.text - 1));
    wire::send_now(connection.socket.get(), &refusal, sizeof refusal);
    drop(connection, fmt::format("wire version {}; this kernel speaks {}", prefix.version, wire::version));
}

kernel::Caller Site::caller_of(const Connection &connection) const {
    kernel::Caller caller{std::nullopt, connection.peer.uid};
    if (connection.holder == Connection::Holder::actor) caller.actor = connection.actor;
    return caller;
}

void Site::handle(Connection &connection, const wire::Request &request, const wire::Peer &sender) {
    using Holder = Connection::Holder;
    const wire::CallCode code = code_of(request);
    if (code == wire::CallCode::spawned && connection.holder != Holder::unknown)
        return note_spawned(connection, request);
    const bool introduces = code == wire::CallCode::join || code == wire::CallCode::console;
    if (introduces != (connection.holder == Holder::unknown))
        return drop(connection, fmt::format("call {} out of turn", request.prefix.call));
    if (code == wire::CallCode::console) {
        connection.holder = Holder::console;
        return answer(connection, request, {.name = name_});
    }
    const auto call = decode(request);
    if (!call) return drop(connection, fmt::format("a malformed call {}", request.prefix.call));
    const int socket = connection.socket.get();
    if (code == wire::CallCode::begin) {
        const kernel::Status status = begin(connection, sender);
        if (!connections_.contains(socket)) return;  // its actor was deleted before it began
        if (status != kernel::Status::ok) return answer(connection, request, {.status = status});
    }
    const kernel::Outcome outcome = serve(caller_of(connection), *call);
    if (!connections_.contains(socket)) return;  // the caller ended itself
    if (code == wire::CallCode::join && outcome.status == kernel::Status::ok) {
        connection.holder = Holder::actor;
        connection.actor = outcome.actor;
        Process &process = processes_[outcome.actor];
        process.connection = socket;
        watch_process(outcome.actor, process, connection.peer.pid);
    }
    answer(connection, request, outcome);
    if (code == wire::CallCode::spawn && outcome.status == kernel::Status::ok) acquired_socket_.reset();
}

// The program of a spawned actor speaks for the first time: now its process is known. A program that only inherited the
// socket, from the one that was started, is refused and may join for itself.
kernel::Status Site::begin(Connection &connection, const wire::Peer &sender) {
    const auto it = processes_.find(connection.actor);
    if (connection.holder != Connection::Holder::actor || it == processes_.end()) return kernel::Status::unknown_actor;
    Process &process = it->second;
    if (sender.pid == 0 || (process.pidfd && process.pid != sender.pid)) return kernel::Status::unknown_actor;
    wire::state_senders(connection.socket.get(), false);
    connection.peer = sender;
    watch_process(connection.actor, process, sender.pid);
    return kernel::Status::ok;
}

// A parent tells the pid of the child that it has just started, so that a program that never speaks can be ended too.
void Site::note_spawned(const Connection &parent, const wire::Request &request) {
    const auto actor = static_cast<kernel::ActorId>(request.actor);
    const auto it = processes_.find(actor);
    if (it == processes_.end() || it->second.pidfd) return;
    if (parent_of(request.value) != parent.peer.pid) return;
    watch_process(actor, it->second, request.value);
}

void Site::watch_process(kernel::ActorId actor, Process &process, std::uint32_t pid) {
    if (process.pidfd && process.pid == pid) return;
    if (process.pidfd) loop_.forget(process.pidfd.get());
    process.pidfd = open_process(pid);
    process.pid = pid;
    if (!process.pidfd) return;  // gone already: its socket tells
    if (process.condemned) {
        signal_process(process.pidfd, SIGKILL);
        return drop(process.connection);
    }
    loop_.watch(process.pidfd.get(), [this, actor] { actor_gone(actor); });
}

void Site::actor_gone(kernel::ActorId actor) {
    if (state_.find_actor(actor) != nullptr) {
        serve({}, kernel::call::ActorDied{actor});
        return;
    }
    // Deleted before: what is left is the record of its process.
    const auto node = processes_.extract(actor);
    if (node.empty()) return;
    if (node.mapped().pidfd) loop_.forget(node.mapped().pidfd.get());
    drop(node.mapped().connection);
    end_if_done();
}

kernel::Outcome Site::serve(const kernel::Caller &caller, const kernel::Call &call) {
    kernel::Decision decision = kernel::decide(state_, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return {.status = *refusal};
    if (auto *answer = std::get_if<kernel::Outcome>(&decision)) return std::move(*answer);

    auto &action = std::get<kernel::Action>(decision);
    if (const kernel::Status status = acquire(action); status != kernel::Status::ok) return {.status = status};
    // The journal records the action here.
    kernel::Effects effects = kernel::apply(state_, action);
    if (const auto *place = std::get_if<kernel::action::PlaceRegions>(&action); place != nullptr && place->segment)
        segments_.keep(number(place->segment->segment), std::move(acquired_));
    if (const auto *create = std::get_if<kernel::action::CreateActor>(&action); create != nullptr && !create->begun) {
        processes_[create->actor].connection = acquired_connection_;
        Connection &connection = connections_.at(acquired_connection_);
        connection.holder = Connection::Holder::actor;
        connection.actor = create->actor;
    }
    for (const kernel::Effect &effect : effects.others)
        perform(effect);
    return std::move(effects.reply);
}

kernel::Status Site::acquire(kernel::Action &action) {
    if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) {
        create->key = random_key();
        if (create->begun) return kernel::Status::ok;
        auto [ours, childs] = wire::socket_pair();
        if (!ours || !wire::state_senders(ours.get(), true)) return kernel::Status::no_memory;
        acquired_connection_ = ours.get();
        acquired_socket_ = std::move(childs);
        adopt(std::move(ours), {.pid = 0, .uid = create->uid});
    }
    if (const auto *place = std::get_if<kernel::action::PlaceRegions>(&action)) {
        if (place->segment) {
            auto created = segments_.create(place->segment->size_bytes);
            if (!created.segment) return kernel::Status::no_memory;
            acquired_ = std::move(created.segment);
        }
        const kernel::Region &first = place->regions.front();
        memory::Segment &segment = place->segment ? *acquired_ : segments_.at(number(first.segment));
        if (segment.descriptor(access_of(first)) < 0) return kernel::Status::no_memory;
    }
    return kernel::Status::ok;
}

void Site::perform(const kernel::Effect &effect) {
    if (const auto *release = std::get_if<kernel::effect::ReleaseSegment>(&effect)) {
        segments_.release(number(release->segment));
        return;
    }
    const auto &end = std::get<kernel::effect::EndProcess>(effect);
    const auto it = processes_.find(end.actor);
    if (it == processes_.end()) return;
    if (end.cause != kernel::EndCause::itself) {
        it->second.condemned = true;
        if (!it->second.pidfd) return;  // ended when it becomes known, or when its socket closes
        signal_process(it->second.pidfd, SIGKILL);
    }
    actor_gone(end.actor);
}

wire::Descriptor Site::list_file(const Connection &connection, const kernel::Outcome &outcome, std::uint32_t &count) {
    if (outcome.actors) {
        std::vector<wire::ActorRow> rows;
        for (const kernel::ActorRow &actor : *outcome.actors) {
            const auto process = processes_.find(actor.actor);
            wire::ActorRow row{};
            row.actor = static_cast<std::uint32_t>(actor.actor);
            row.parent = static_cast<std::uint32_t>(actor.parent);
            row.unique_id = actor.capability.unique_id;
            if (connection.holder == Connection::Holder::actor) row.key = actor.capability.key;
            row.uid = actor.uid;
            row.pid = process == processes_.end() ? 0 : process->second.pid;
            row.privilege = static_cast<std::uint32_t>(actor.privilege);
            row.begun = actor.begun ? 1 : 0;
            copy_name(row.name, actor.name);
            rows.push_back(row);
        }
        count = static_cast<std::uint32_t>(rows.size());
        return file_of(rows);
    }
    std::vector<wire::RegionRow> rows;
    for (const kernel::RegionRow &listed : *outcome.regions) {
        const kernel::Region &region = listed.region;
        const memory::Segment &segment = segments_.at(number(region.segment));
        wire::RegionRow row{};
        row.actor = static_cast<std::uint32_t>(listed.actor);
        row.region = {region.range.start, region.range.size_bytes, 0, region.opaque1, region.options, region.opaque2};
        row.segment = number(region.segment);
        row.offset = region.offset;
        row.inode = segment.inode();
        row.segment_size_bytes = segment.size_bytes();
        rows.push_back(row);
    }
    count = static_cast<std::uint32_t>(rows.size());
    return file_of(rows);
}

void Site::answer(Connection &connection, const wire::Request &request, const kernel::Outcome &outcome) {
    wire::Reply reply = encode(request, outcome);
    wire::Descriptor file;
    int descriptor = -1;
    if (outcome.mapping) {
        descriptor = segments_.at(number(outcome.mapping->segment)).descriptor(access_of(*outcome.mapping));
        if (descriptor < 0) reply.status = static_cast<std::int32_t>(kernel::Status::no_memory);
    } else if (outcome.actors || outcome.regions) {
        file = list_file(connection, outcome, reply.count);
        descriptor = file.get();
        if (descriptor < 0) reply.status = static_cast<std::int32_t>(kernel::Status::no_memory);
    } else if (acquired_socket_) {
        descriptor = acquired_socket_->get();
    }
    // An honest client reads the reply to one call before it makes the next, so there is always room.
    if (!wire::send_now(connection.socket.get(), &reply, sizeof reply, descriptor)) {
        if (errno == EAGAIN) return drop(connection, "calls without reading the replies");
        drop(connection.socket.get());
    }
}

void Site::shut_down() {
    if (shutting_down_) return;
    shutting_down_ = true;
    if (listener_) loop_.forget(listener_.get());
    listener_.reset();
    std::vector<int> without_process;
    for (const auto &[socket, connection] : connections_) {
        const auto process = processes_.find(connection.actor);
        const bool known = connection.holder == Connection::Holder::actor && process != processes_.end() &&
                           process->second.pidfd && signal_process(process->second.pidfd, SIGTERM);
        if (!known) without_process.push_back(socket);
    }
    for (const int socket : without_process)
        drop(socket);
    grace_timer_ = wire::Descriptor(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    const itimerspec once{.it_interval = {}, .it_value = grace};
    timerfd_settime(grace_timer_.get(), 0, &once, nullptr);
    loop_.watch(grace_timer_.get(), [this] {
        for (const auto &[actor, process] : processes_)
            if (process.pidfd) signal_process(process.pidfd, SIGKILL);
        loop_.stop();
    });
    end_if_done();
}

void Site::end_if_done() {
    const bool alone = connections_.empty();
    if (alone && (shutting_down_ || lifetime_ == Lifetime::until_last_connection)) loop_.stop();
}

}  // namespace chorus::daemon
