// The path of a call: decide, acquire, record, apply, perform, and the reply.
#include <exec/chTypes.h>
#include <sys/random.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>
#include <vector>

#include "daemon/codec.hpp"
#include "daemon/process.hpp"
#include "daemon/rows.hpp"
#include "daemon/site.hpp"
#include "kernel/apply.hpp"
#include "kernel/decide.hpp"
#include "memory/copy.hpp"

namespace chorus::daemon {

namespace {

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

memory::Execution execution_of(bool executable) {
    return executable ? memory::Execution::allowed : memory::Execution::never;
}

kernel::Status status_of(int status) {
    return static_cast<kernel::Status>(status);  // of the memory layer: K_OK, K_ENOMEM, K_EFAIL
}

}  // namespace

Site::Served Site::serve(const kernel::Caller &caller, const kernel::Call &call, For whom) {
    if (whom == For::hand && resumed_) return *std::exchange(resumed_, std::nullopt);
    kernel::Decision decision = kernel::decide(state_, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return {.outcome = {{.status = *refusal}}};
    if (auto *answer = std::get_if<kernel::Outcome>(&decision)) return {.outcome = std::move(*answer)};
    if (std::holds_alternative<kernel::Postponed>(decision)) return {};

    auto &action = std::get<kernel::Action>(decision);
    const kernel::Status status = journal_.full() ? kernel::Status::no_memory : acquire(action);
    if (status != kernel::Status::ok) {
        acquired_.clear();
        return {.outcome = {{.status = status}}};
    }
    install(action);
    journal_.action({.in_hand = whom == For::hand, .socket = acquired_socket_.get(), .action = action});
    journal_.commit();
    return carry_out(kernel::apply(state_, action));
}

// Each of these effects can be carried out again by the next kernel, with the same end.
Site::Served Site::carry_out(kernel::Effects effects) {
    acting_ = true;
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
        if (segment.file() >= last_segment_file_) return kernel::Status::no_memory;
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
        adopt(std::move(ours), {.pid = 0, .uid = create->uid}, Place::front);
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
    for (auto &[id, segment] : acquired_) {
        journal_.put<SegmentRow>(id, {segment->file(), segment->size_bytes()});
        segments_.keep(number(id), std::move(segment));
    }
    acquired_.clear();
    const auto *create = std::get_if<kernel::action::CreateActor>(&action);
    if (create == nullptr || create->phase != kernel::Phase::starting) return;
    Process &process = processes_[create->actor];
    process.connection = acquired_connection_;
    note(create->actor, process);
    Connection &connection = connections_.at(acquired_connection_);
    connection.holder = Holder::actor;
    connection.actor = create->actor;
    note(connection);
}

void Site::perform(const kernel::Effect &effect) {
    if (const auto *release = std::get_if<kernel::effect::ReleaseSegment>(&effect)) {
        journal_.erase<SegmentRow>(release->segment);
        releasing_.push_back(segments_.take(number(release->segment)));
        return;
    }
    if (const auto *release = std::get_if<kernel::effect::ReleasePages>(&effect)) {
        const kernel::SegmentPart &part = release->part;
        return segments_.release_part(number(part.segment), part.range.start, part.range.size_bytes);
    }
    if (const auto *to_follow = std::get_if<kernel::effect::Order>(&effect)) return order(*to_follow);
    if (const auto *verdict = std::get_if<kernel::effect::Verdict>(&effect)) {
        const auto it = processes_.find(verdict->member);
        if (it == processes_.end() || it->second.service < 0) return;
        wire::Reply reply = encode(*verdict);
        reply.number = it->second.claim;
        // A member that waits for the verdict reads it next: there is room, or it is gone.
        wire::send_now(it->second.service, &reply, sizeof reply);
        return;
    }
    if (const auto *done = std::get_if<kernel::effect::AnswerChange>(&effect)) {
        const WaitingCall *waiting = waiting_.of_change(done->change);
        if (waiting == nullptr) return;  // the caller is gone
        const WaitingCall answered = *waiting;
        forget_waiting(answered.socket);
        return finish(connections_.at(answered.socket), answered.request, done->outcome);
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
        note(end.actor, it->second);
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
    const bool next = process.orders.empty() || process.orders.rbegin()->first <= process.sent;
    journal_.put<OrderRow>({order.member, order.turn}, {message});
    process.orders.insert_or_assign(order.turn, message);
    if (!next || process.service < 0) return;
    int descriptor = -1;
    if (order.first) descriptor = segment_at(order.first->segment).descriptor(access_of(*order.first));
    message.mapped = descriptor >= 0 ? 1 : 0;
    // Where the other end is closed, that is about to be noticed.
    if (wire::send_now(process.service, &message, sizeof message, descriptor) || errno != EAGAIN)
        process.sent = order.turn;
}

void Site::send_orders(Process &process) {
    if (process.service < 0) return;
    for (auto it = process.orders.upper_bound(process.sent); it != process.orders.end(); ++it) {
        if (!wire::send_now(process.service, &it->second, sizeof it->second) && errno == EAGAIN) return;
        process.sent = it->first;
    }
}

// ---- Calls that wait.

void Site::wait(WaitingCall call) {
    call.number = next_waiting_++;
    call.deadline = WaitingCalls::deadline_of(call.request);
    note(call);
    loop_.listen(call.socket, Listen::to_its_end);  // its next call, if it is there already, waits as well
    waiting_.add(std::move(call));
}

void Site::forget_waiting(int socket) {
    const auto taken = waiting_.take(socket);
    if (!taken) return;
    journal_.erase<WaitingRow>(taken->number);
    if (connections_.contains(socket)) loop_.listen(socket, Listen::to_all);
}

std::map<std::uint32_t, std::uint64_t> Site::calls_in_flight() const {
    std::map<std::uint32_t, std::uint64_t> of_user;
    for (const WaitingCall &waiting : waiting_.all())
        ++of_user[connections_.at(waiting.socket).peer.uid];
    return of_user;
}

// Whether the quotas let an actor make one more. What its library does when it begins is no call of the program.
bool Site::may_call(const Connection &connection, wire::CallCode code) const {
    const kernel::Quotas &quotas = state_.quotas;
    const bool begins = code == wire::CallCode::begin || code == wire::CallCode::exclude;
    if (connection.holder != Holder::actor || begins) return true;
    if (quotas.actor.calls == 0) return false;
    if (quotas.user.calls == kernel::Quota::unlimited) return true;
    return calls_in_flight()[connection.peer.uid] < quotas.user.calls;
}

// A call that has waited is handled like one that has just come.
void Site::take_in_hand(const WaitingCall &waiting) {
    Hand &hand = control_.hand;
    hand.socket = waiting.socket;
    ++hand.number;
    hand.waiting = waiting.number;
    hand.faults = hand.kills = 0;
    hand.request = waiting.request;
    hand.stage = Hand::Stage::received;
}

bool Site::holds(int socket) const {
    return control_.hand.stage != Hand::Stage::empty && control_.hand.socket == socket;
}

// Decides again the calls that were postponed, until none of them can be decided: what one changes may be what one
// before it waits for.
void Site::serve_waiting() {
    bool changed = true;
    while (changed) {
        changed = false;
        for (const int socket : waiting_.postponed()) {
            if (changed) break;
            take_in_hand(*waiting_.find(socket));
            changed = serve_again(socket);
            end_event();
        }
    }
}

// Whether the call waits no longer, or for something else.
bool Site::serve_again(int socket) {
    Served served = serve(caller_of(connections_.at(socket)), waiting_.find(socket)->call, For::hand);
    if (!served.outcome && served.change == 0) return false;
    WaitingCall *still = waiting_.find(socket);
    if (still == nullptr) return true;
    if (served.outcome) {
        finish_waiting(socket, std::move(*served.outcome));
    } else {
        still->change = served.change;
        note(*still);
    }
    return true;
}

void Site::finish_waiting(int socket, kernel::Outcome outcome) {
    const wire::Request request = waiting_.find(socket)->request;
    forget_waiting(socket);
    finish(connections_.at(socket), request, std::move(outcome));
}

void Site::refuse_late() {
    for (const int socket : waiting_.take_late()) {
        const WaitingCall *waiting = waiting_.find(socket);
        if (waiting == nullptr) continue;  // answered by what came of another one
        if (waiting->change != 0) {
            // Where it is too late to undo it, we wait for its end.
            serve({}, kernel::call::ChangeIsLate{waiting->change}, For::itself);
        } else {
            take_in_hand(*waiting);
            finish_waiting(socket, {.status = kernel::Status::timed_out});
        }
        end_event();
    }
    settle();
}

// The part of a call that needs no decision any more: copies, then the reply.
void Site::finish(Connection &connection, const wire::Request &request, kernel::Outcome outcome) {
    // The kernel before this one has come so far, and copies must not be made again after the reply.
    if (holds(connection.socket.get()) && control_.hand.stage == Hand::Stage::answering)
        return answer(connection, request, outcome);
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
            wire::ActorRow row = encode(actor, process == processes_.end() ? 0 : process->second.pid);
            if (connection.holder != Holder::actor) row.key = 0;
            rows.push_back(row);
        }
        reply.count = static_cast<std::uint32_t>(rows.size());
        return file_of(rows);
    }
    if (outcome.quotas) {
        const std::vector<wire::QuotaRow> rows = encode(*outcome.quotas, *outcome.users, calls_in_flight());
        reply.count = static_cast<std::uint32_t>(rows.size());
        return file_of(rows);
    }
    std::vector<wire::RegionRow> rows;
    for (const kernel::RegionRow &listed : *outcome.regions)
        rows.push_back(encode(listed, listed.region.backed() ? &segments_.at(number(listed.region.segment)) : nullptr));
    reply.count = static_cast<std::uint32_t>(rows.size());
    return file_of(rows);
}

void Site::answer(Connection &connection, const wire::Request &request, const kernel::Outcome &outcome) {
    if (holds(connection.socket.get()) && control_.hand.stage == Hand::Stage::answering)
        return send_reply(connection, control_.hand.reply, control_.hand.reply_descriptor);
    if (connection.socket.get() == event_.socket && outcome.status != kernel::Status::ok) in_vain();
    wire::Reply reply = encode(request, outcome);
    int descriptor = -1;
    const bool installs = outcome.turn != 0 || wire::code_of(request) == wire::CallCode::find_mapping;
    if (outcome.mapping && installs && outcome.mapping->backed()) {
        descriptor = segments_.at(number(outcome.mapping->segment)).descriptor(access_of(*outcome.mapping));
    } else if (outcome.actors || outcome.regions || outcome.quotas || outcome.credentials_of) {
        wire::Descriptor file = list_file(connection, outcome, reply);
        return send_listing(connection, reply, std::move(file));
    } else if (outcome.marks) {
        const memory::SharedMemory memory = memory::shared_memory();
        reply.mapping.start = memory.size_bytes;
        reply.mapping.size_bytes = memory.free_bytes;
    } else if (acquired_socket_) {
        descriptor = acquired_socket_.get();
    }
    send_reply(connection, reply, descriptor);
}

// With the file of its rows, which is empty where there is no memory for it.
void Site::send_listing(Connection &connection, wire::Reply reply, wire::Descriptor file) {
    if (!file) reply.status = static_cast<std::int32_t>(kernel::Status::no_memory);
    const int descriptor = file.get();
    closing_.push_back(std::move(file));
    send_reply(connection, reply, descriptor);
}

// An honest client reads the replies, and sends few calls ahead of them, so there is always room.
void Site::send_reply(Connection &connection, const wire::Reply &reply, int descriptor) {
    Hand &hand = control_.hand;
    if (holds(connection.socket.get()) && hand.stage == Hand::Stage::received) {
        hand.reply = reply;
        hand.reply_descriptor = descriptor;
        hand.stage = Hand::Stage::answering;
    }
    if (wire::send_now(connection.socket.get(), &reply, sizeof reply, descriptor)) return;
    if (errno == EAGAIN) return drop(connection, "calls without reading the replies");
    drop(connection.socket.get());
}

}  // namespace chorus::daemon
