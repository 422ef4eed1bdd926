#include "daemon/site.hpp"

#include <exec/chTypes.h>
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
#include "memory/copy.hpp"

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

memory::Execution execution_of(bool executable) {
    return executable ? memory::Execution::allowed : memory::Execution::never;
}

wire::CallCode code_of(const wire::Request &request) {
    return static_cast<wire::CallCode>(request.prefix.call);
}

kernel::Status status_of(int status) {
    return static_cast<kernel::Status>(status);  // of the memory layer: K_OK, K_ENOMEM, K_EFAIL
}

// What a caller waits for others to do their part, where it does not say, and at most.
constexpr std::chrono::milliseconds patience_default{5'000}, patience_max{60'000};

std::chrono::milliseconds patience_of(const wire::Request &request) {
    const std::chrono::milliseconds asked(request.patience_ms);
    return asked.count() == 0 ? patience_default : std::min(asked, patience_max);
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
    : loop_(loop),
      name_(std::move(name)),
      state_(config),
      lifetime_(lifetime),
      deadline_timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    if (!deadline_timer_) throw std::system_error(errno, std::system_category(), "timerfd_create");
    loop_.watch(deadline_timer_.get(), [this] { refuse_late(); });
}

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
    loop_.watch(number, [this, number] {
        read_one(number);
        serve_waiting();
    });
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
    wire::Received got = wire::receive(socket, &request, sizeof request, wire::Blocking::no);
    if (got.what == wire::Received::What::failed && errno == EAGAIN) return;
    if (got.what != wire::Received::What::message) return drop(socket);
    if (got.size_bytes < sizeof request.prefix || request.prefix.magic != wire::magic)
        return drop(connection, fmt::format("{} bytes that are no message", got.size_bytes));
    if (request.prefix.version != wire::version) return refuse_version(connection, request.prefix);
    if (got.size_bytes != sizeof request)
        return drop(connection, fmt::format("a message of {} bytes, not {}", got.size_bytes, sizeof request));
    const bool carries = code_of(request) == wire::CallCode::join || code_of(request) == wire::CallCode::begin;
    if (got.descriptors > (carries ? 1U : 0U)) return drop(connection, "a descriptor, which that call does not carry");
    if (connection.holder == Connection::Holder::service)
        handle_service(connection, request);
    else
        handle(connection, request, got);
}

void Site::drop(Connection &connection, const std::string &why) {
    spdlog::warn("connection of pid {} (user {}) ended: it sent {}", connection.peer.pid, connection.peer.uid, why);
    drop(connection.socket.get());
}

void Site::drop(int socket) {
    loop_.forget(socket);
    const auto node = connections_.extract(socket);
    if (node.empty()) return;
    std::erase_if(waiting_, [socket](const Waiting &waiting) { return waiting.socket == socket; });
    using Holder = Connection::Holder;
    if (node.mapped().holder == Holder::actor || node.mapped().holder == Holder::service)
        actor_gone(node.mapped().actor);
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
    kernel::Caller caller{std::nullopt, connection.peer.uid, connection.peer.gid};
    using Holder = Connection::Holder;
    if (connection.holder == Holder::actor || connection.holder == Holder::service) caller.actor = connection.actor;
    return caller;
}

void Site::handle(Connection &connection, const wire::Request &request, wire::Received &got) {
    using Holder = Connection::Holder;
    const wire::CallCode code = code_of(request);
    if (code == wire::CallCode::spawned && connection.holder != Holder::unknown)
        return note_spawned(connection, request);
    const bool introduces = code == wire::CallCode::join || code == wire::CallCode::console;
    if (introduces != (connection.holder == Holder::unknown) || code == wire::CallCode::acknowledge ||
        code == wire::CallCode::claim)
        return drop(connection, fmt::format("call {} out of turn", request.prefix.call));
    const int socket = connection.socket.get();
    const auto waits = [socket](const Waiting &waiting) { return waiting.socket == socket; };
    if (std::any_of(waiting_.begin(), waiting_.end(), waits)) return drop(connection, "a call while another one waits");
    if (code == wire::CallCode::console) {
        connection.holder = Holder::console;
        return answer(connection, request, {.name = name_});
    }
    const auto call = decode(request);
    if (!call) return drop(connection, fmt::format("a malformed call {}", request.prefix.call));
    if (code == wire::CallCode::begin) {
        const kernel::Status status = begin(connection, got.sender);
        if (!connections_.contains(socket)) return;  // its actor was deleted before it began
        if (status != kernel::Status::ok) return answer(connection, request, {.status = status});
    }
    Served served = serve(caller_of(connection), *call);
    if (!connections_.contains(socket)) return;  // the caller ended itself
    if (!served.outcome) return wait(connection, request, *call, served.change);
    const bool joined = code == wire::CallCode::join && served.outcome->status == kernel::Status::ok;
    if (joined) {
        connection.holder = Holder::actor;
        connection.actor = served.outcome->actor;
        Process &process = processes_[connection.actor];
        process.connection = socket;
        watch_process(connection.actor, process, connection.peer.pid);
    }
    const kernel::ActorId actor = connection.actor;
    finish(connection, request, std::move(*served.outcome));
    if (got.descriptor && processes_.contains(actor)) take_service(actor, std::move(got.descriptor));
}

// On the service socket a process acknowledges orders, and asks for the mappings that an order speaks of.
void Site::handle_service(Connection &connection, const wire::Request &request) {
    const int socket = connection.socket.get();
    const auto call = decode(request);
    const wire::CallCode code = code_of(request);
    const bool claims = code == wire::CallCode::claim;
    if (!call || (code != wire::CallCode::acknowledge && code != wire::CallCode::find_mapping && !claims))
        return drop(connection, fmt::format("call {} on its service socket", request.prefix.call));
    if (code == wire::CallCode::acknowledge) {
        if (request.source_start != 0) serve(caller_of(connection), *call);
        const auto process = processes_.find(connection.actor);
        if (process != processes_.end()) send_orders(process->second);
        return;
    }
    const Served served = serve(caller_of(connection), *call);
    // A claim is answered by the verdict, unless there is nothing to claim any more.
    if (!served.outcome || (claims && served.outcome->status == kernel::Status::ok)) return;
    if (connections_.contains(socket)) answer(connection, request, *served.outcome);
}

// Orders go to this socket from now on: the actor has made it, so what it does with it is its own loss.
void Site::take_service(kernel::ActorId actor, wire::Descriptor socket) {
    Process &process = processes_.at(actor);
    if (process.service >= 0 || !wire::keeps_borders(socket.get())) return;
    process.service = socket.get();
    adopt(std::move(socket), connections_.at(process.connection).peer);
    Connection &service = connections_.at(process.service);
    service.holder = Connection::Holder::service;
    service.actor = actor;
    send_orders(process);
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
    if (const kernel::Actor *known = state_.find_actor(actor); known != nullptr && known->stopped)
        signal_process(process.pidfd, SIGSTOP);
    loop_.watch(process.pidfd.get(), [this, actor] {
        actor_gone(actor);
        serve_waiting();
    });
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
    drop(node.mapped().service);
    end_if_done();
}

Site::Served Site::serve(const kernel::Caller &caller, const kernel::Call &call) {
    kernel::Decision decision = kernel::decide(state_, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return {.outcome = {{.status = *refusal}}};
    if (auto *answer = std::get_if<kernel::Outcome>(&decision)) return {.outcome = std::move(*answer)};
    if (std::holds_alternative<kernel::Postponed>(decision)) return {};

    auto &action = std::get<kernel::Action>(decision);
    if (const kernel::Status status = acquire(action); status != kernel::Status::ok) {
        acquired_.clear();
        return {.outcome = {{.status = status}}};
    }
    // The journal records the action here.
    kernel::Effects effects = kernel::apply(state_, action);
    install(action);
    for (const kernel::Effect &effect : effects.others)
        perform(effect);
    if (effects.change != 0) return {.change = effects.change};
    return {.outcome = std::move(effects.reply)};
}

memory::Segment &Site::segment_at(kernel::SegmentId id) {
    const auto acquired = acquired_.find(id);
    return acquired != acquired_.end() ? *acquired->second : segments_.at(number(id));
}

kernel::Status Site::acquire_segments(const std::vector<kernel::NewSegment> &segments) {
    std::uint64_t wanted_before = 0;
    for (const kernel::NewSegment &wanted : segments) {
        auto created = segments_.create({.size_bytes = wanted.size_bytes,
                                         .execution = execution_of(wanted.executable),
                                         .untouchable_bytes = wanted.untouchable_bytes + wanted_before});
        if (!created.segment) return status_of(created.status);
        memory::Segment &segment = *created.segment;
        wanted_before += wanted.size_bytes;
        acquired_[wanted.segment] = std::move(created.segment);
        for (const kernel::CopyPart &part : wanted.copies) {
            const int status = memory::snapshot({segments_.at(number(part.source)), part.source_offset},
                                                {segment, part.target_offset}, part.size_bytes);
            if (status != K_OK) return status_of(status);
        }
        if (!wanted.present) continue;
        if (const int status = segment.make_present(0, wanted.size_bytes); status != K_OK) return status_of(status);
    }
    return kernel::Status::ok;
}

kernel::Status Site::make_present(const std::vector<kernel::SegmentPart> &parts) {
    for (const kernel::SegmentPart &part : parts) {
        const int status = segment_at(part.segment).make_present(part.range.start, part.range.size_bytes);
        if (status != K_OK) return status_of(status);
    }
    return kernel::Status::ok;
}

kernel::Status Site::acquire(kernel::Action &action) {
    if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) {
        create->key = random_key();
        if (create->phase != kernel::Phase::starting) return kernel::Status::ok;
        if (const auto status = acquire_segments(create->segments); status != kernel::Status::ok) return status;
        auto [ours, actors] = wire::socket_pair();
        if (!ours || !wire::state_senders(ours.get(), true)) return kernel::Status::no_memory;
        acquired_connection_ = ours.get();
        acquired_socket_ = std::move(actors);
        adopt(std::move(ours), {.pid = 0, .uid = create->uid});
    }
    if (const auto *change = std::get_if<kernel::action::ChangeSpace>(&action)) {
        if (const auto status = acquire_segments(change->segments); status != kernel::Status::ok) return status;
        for (const kernel::Region &region : change->place) {
            if (!region.backed()) continue;
            memory::Segment &segment = segment_at(region.segment);
            // Whoever is to map it will be sent this descriptor.
            if (segment.descriptor(access_of(region)) < 0) return kernel::Status::no_memory;
            if ((region.options & kernel::option::executable) != 0 && !segment.executable())
                return kernel::Status::not_implemented;
        }
        return make_present(change->present);
    }
    if (const auto *set = std::get_if<kernel::action::SetAttributes>(&action)) return make_present(set->present);
    if (const auto *lock = std::get_if<kernel::action::LockRange>(&action)) return make_present(lock->present);
    return kernel::Status::ok;
}

// What was acquired becomes part of the site.
void Site::install(const kernel::Action &action) {
    for (auto &[id, segment] : acquired_)
        segments_.keep(number(id), std::move(segment));
    acquired_.clear();
    const auto *create = std::get_if<kernel::action::CreateActor>(&action);
    if (create == nullptr || create->phase != kernel::Phase::starting) return;
    processes_[create->actor].connection = acquired_connection_;
    Connection &connection = connections_.at(acquired_connection_);
    connection.holder = Connection::Holder::actor;
    connection.actor = create->actor;
}

void Site::perform(const kernel::Effect &effect) {
    if (const auto *release = std::get_if<kernel::effect::ReleaseSegment>(&effect))
        return segments_.release(number(release->segment));
    if (const auto *release = std::get_if<kernel::effect::ReleasePages>(&effect)) {
        const kernel::SegmentPart &part = release->part;
        return segments_.release_part(number(part.segment), part.range.start, part.range.size_bytes);
    }
    if (const auto *to_follow = std::get_if<kernel::effect::Order>(&effect)) return order(*to_follow);
    if (const auto *verdict = std::get_if<kernel::effect::Verdict>(&effect)) {
        const auto it = processes_.find(verdict->member);
        const wire::Reply reply = encode(*verdict);
        // A member that waits for the verdict reads it next: there is room, or it is gone.
        if (it != processes_.end() && it->second.service >= 0) wire::send_now(it->second.service, &reply, sizeof reply);
        return;
    }
    if (const auto *done = std::get_if<kernel::effect::AnswerChange>(&effect)) {
        const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                     [&](const Waiting &waiting) { return waiting.change == done->change; });
        if (it == waiting_.end()) return;  // the caller is gone
        const Waiting waiting = *it;
        waiting_.erase(it);
        return finish(connections_.at(waiting.socket), waiting.request, done->outcome);
    }
    if (const auto *signal = std::get_if<kernel::effect::SignalActor>(&effect)) {
        const auto it = processes_.find(signal->actor);
        if (it != processes_.end() && it->second.pidfd)
            signal_process(it->second.pidfd, signal->stop ? SIGSTOP : SIGCONT);
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

// A descriptor goes along where the order can be sent at once; otherwise the member asks for it.
void Site::order(const kernel::effect::Order &order) {
    const auto it = processes_.find(order.member);
    if (it == processes_.end()) return;
    Process &process = it->second;
    wire::Order message = encode(order);
    if (process.service >= 0 && process.orders.empty()) {
        int descriptor = -1;
        if (order.first) descriptor = segment_at(order.first->segment).descriptor(access_of(*order.first));
        message.mapped = descriptor >= 0 ? 1 : 0;
        // Where the other end is closed, that is about to be noticed.
        if (wire::send_now(process.service, &message, sizeof message, descriptor) || errno != EAGAIN) return;
    }
    message.mapped = 0;
    process.orders.push_back(message);
}

void Site::send_orders(Process &process) {
    while (process.service >= 0 && !process.orders.empty()) {
        const wire::Order &message = process.orders.front();
        if (!wire::send_now(process.service, &message, sizeof message) && errno == EAGAIN) return;
        process.orders.pop_front();
    }
}

void Site::wait(const Connection &connection, const wire::Request &request, const kernel::Call &call,
                std::uint64_t change) {
    waiting_.push_back({.socket = connection.socket.get(),
                        .request = request,
                        .call = call,
                        .change = change,
                        .deadline = Clock::now() + patience_of(request)});
    set_timer();
}

// Decides again the calls that were postponed, until none of them can be decided.
void Site::serve_waiting() {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (it->change != 0) {
            ++it;
            continue;
        }
        const int socket = it->socket;
        Served served = serve(caller_of(connections_.at(socket)), it->call);
        const auto still = std::find_if(waiting_.begin(), waiting_.end(),
                                        [&](const Waiting &waiting) { return waiting.socket == socket; });
        if (!served.outcome && served.change == 0) {
            it = std::next(still);
            continue;
        }
        if (still != waiting_.end()) {
            if (served.outcome) {
                const wire::Request request = still->request;
                waiting_.erase(still);
                finish(connections_.at(socket), request, std::move(*served.outcome));
            } else {
                still->change = served.change;
            }
        }
        it = waiting_.begin();  // what has changed may be what one before it waits for
    }
}

void Site::refuse_late() {
    std::uint64_t expirations;
    if (read(deadline_timer_.get(), &expirations, sizeof expirations) < 0) return;
    timer_ = Clock::time_point::max();
    const auto now = Clock::now();
    std::vector<int> late;
    for (const Waiting &waiting : waiting_)
        if (waiting.deadline <= now) late.push_back(waiting.socket);
    for (const int socket : late) {
        const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                     [&](const Waiting &waiting) { return waiting.socket == socket; });
        if (it == waiting_.end()) continue;
        if (it->change != 0) {
            const std::uint64_t change = it->change;
            it->deadline = Clock::time_point::max();  // where it is too late to undo it, its end is waited for
            serve({}, kernel::call::ChangeIsLate{change});
            continue;
        }
        const wire::Request request = it->request;
        waiting_.erase(it);
        finish(connections_.at(socket), request, {.status = kernel::Status::timed_out});
    }
    serve_waiting();
    set_timer();
}

// The timer may go off before anything is late, which costs nothing; not after.
void Site::set_timer() {
    itimerspec once{};
    auto next = Clock::time_point::max();
    for (const Waiting &waiting : waiting_)
        next = std::min(next, waiting.deadline);
    if (timer_ <= next && timer_ > Clock::now()) return;
    timer_ = next;
    if (next != Clock::time_point::max()) {
        const auto left = std::max<std::chrono::nanoseconds>(next - Clock::now(), std::chrono::nanoseconds(1));
        once.it_value.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
        once.it_value.tv_nsec = (left % std::chrono::seconds(1)).count();
    }
    timerfd_settime(deadline_timer_.get(), 0, &once, nullptr);
}

// The part of a call that needs no decision any more: copies, then the reply.
void Site::finish(Connection &connection, const wire::Request &request, kernel::Outcome outcome) {
    for (const kernel::CopyPart &part : outcome.copies) {
        const int status = memory::copy({segments_.at(number(part.source)), part.source_offset},
                                        {segments_.at(number(part.target)), part.target_offset}, part.size_bytes);
        if (status == K_OK) continue;
        outcome.status = status_of(status);
        break;
    }
    for (const kernel::SegmentPart &part : outcome.discarded)
        segments_.at(number(part.segment)).discard(part.range.start, part.range.size_bytes);
    answer(connection, request, outcome);
    acquired_socket_.reset();
}

wire::Descriptor Site::list_file(const Connection &connection, const kernel::Outcome &outcome, wire::Reply &reply) {
    if (outcome.credentials_of) {
        const auto process = processes_.find(*outcome.credentials_of);
        const kernel::Credentials credentials =
            outcome.credentials ? *outcome.credentials
                                : credentials_of(process == processes_.end() ? 0 : process->second.pid);
        reply.value = credentials.uid;
        reply.actor = credentials.gid;
        reply.count = static_cast<std::uint32_t>(credentials.groups.size());
        return file_of(credentials.groups);
    }
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
            row.phase = static_cast<std::uint32_t>(actor.phase);
            row.stopped = actor.stopped ? 1 : 0;
            copy_name(row.name, actor.name);
            rows.push_back(row);
        }
        reply.count = static_cast<std::uint32_t>(rows.size());
        return file_of(rows);
    }
    std::vector<wire::RegionRow> rows;
    for (const kernel::RegionRow &listed : *outcome.regions) {
        const kernel::Region &region = listed.region;
        wire::RegionRow row{};
        row.actor = static_cast<std::uint32_t>(listed.actor);
        row.region = encode(region);
        row.segment = number(region.segment);
        row.offset = region.offset;
        if (region.backed()) {
            const memory::Segment &segment = segments_.at(number(region.segment));
            row.inode = segment.inode();
            row.segment_size_bytes = segment.size_bytes();
        }
        rows.push_back(row);
    }
    reply.count = static_cast<std::uint32_t>(rows.size());
    return file_of(rows);
}

void Site::answer(Connection &connection, const wire::Request &request, const kernel::Outcome &outcome) {
    wire::Reply reply = encode(request, outcome);
    wire::Descriptor file;
    int descriptor = -1;
    const bool installs = outcome.turn != 0 || code_of(request) == wire::CallCode::find_mapping;
    if (outcome.mapping && installs && outcome.mapping->backed()) {
        descriptor = segments_.at(number(outcome.mapping->segment)).descriptor(access_of(*outcome.mapping));
    } else if (outcome.actors || outcome.regions || outcome.credentials_of) {
        file = list_file(connection, outcome, reply);
        descriptor = file.get();
        if (descriptor < 0) reply.status = static_cast<std::int32_t>(kernel::Status::no_memory);
    } else if (outcome.marks) {
        const memory::SharedMemory memory = memory::shared_memory();
        reply.mapping.start = memory.size_bytes;
        reply.mapping.size_bytes = memory.free_bytes;
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
        if (connection.holder == Connection::Holder::service) continue;
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
