#include "site.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "daemon/codec.hpp"
#include "kernel/apply.hpp"
#include "kernel/decide.hpp"
#include "kernel/invariants.hpp"
#include "require.hpp"

namespace chorus::fuzz {

namespace {

// Small, so that every limit is met.
kernel::Config configuration() {
    constexpr std::uint64_t window_bytes = 64 * 4096;
    kernel::Config config;
    config.low_window.size_bytes = window_bytes;
    config.high_window.size_bytes = window_bytes;
    config.supervisor_window.size_bytes = window_bytes;
    config.max_regions_per_actor = 12;
    config.max_actors = 9;
    return config;
}

bool equal(const kernel::Caller &one, const kernel::Caller &other) {
    return one.actor == other.actor && one.uid == other.uid;
}

// Whether the daemon takes such a call from there; else the connection ends.
bool in_turn(Sender::Kind sender, wire::CallCode code) {
    using enum wire::CallCode;
    const bool follows = code == acknowledge || code == claim;
    if (sender == Sender::Kind::service) return follows || code == find_mapping;
    return (sender == Sender::Kind::stranger) == (code == join) && !follows;
}

}  // namespace

Site::Site() : state_(configuration()) {
    for (const auto privilege :
         {kernel::Privilege::user, kernel::Privilege::supervisor, kernel::Privilege::user, kernel::Privilege::system})
        add(privilege);
}

void Site::add(kernel::Privilege privilege) {
    kernel::action::CreateActor action{.actor = static_cast<kernel::ActorId>(state_.next_actor)};
    action.key = state_.next_actor;
    action.uid = 1000;
    action.privilege = privilege;
    kernel::apply(state_, action);
    const Sender actor{Sender::Kind::actor, {action.actor, action.uid}};
    wire::Request request{};
    request.prefix.call = static_cast<std::uint16_t>(wire::CallCode::allocate_region);
    request.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
    request.region.size_bytes = 4 * state_.config.page_size_bytes;
    request.region.options = kernel::option::anywhere | kernel::option::writable;
    receive(actor, request, Memory::there_is);
}

bool Site::waits(const kernel::Caller &caller) const {
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [&](const Waiting &waiting) { return equal(waiting.caller, caller); });
}

void Site::receive(const Sender &sender, const wire::Request &request, Memory memory) {
    const auto call = daemon::decode(request);
    if (!call || !in_turn(sender.kind, wire::code_of(request))) return;
    if (sender.kind == Sender::Kind::service) {
        receive_on_service(sender.caller, request, *call);
    } else {
        if (waits(sender.caller)) return;
        const Served served = serve(sender.caller, *call, memory);
        if (served.outcome)
            answer(request, *served.outcome);
        else
            waiting_.push_back({sender.caller, request, *call, served.change});
    }
    serve_waiting();
}

void Site::receive_on_service(const kernel::Caller &caller, const wire::Request &request, const kernel::Call &call) {
    const Served served = serve(caller, call);
    if (served.outcome) answer(request, *served.outcome);
}

void Site::tell(const kernel::Call &call) {
    serve({}, call);
    serve_waiting();
}

void Site::follow() {
    const auto changes = state_.changes;
    for (const auto &[number, space] : changes) {
        const auto members = state_.space_of(space).change->members;
        for (const auto &[member, left] : members)
            serve({member}, kernel::call::Claim{number});
        for (const auto &[member, left] : members)
            for (std::uint32_t i = 0; i < left; ++i)
                serve({member}, kernel::call::Acknowledge{number, true});
        require(!state_.changes.contains(number), "a change ends when all members have followed");
    }
    serve_waiting();
}

Site::Served Site::serve(const kernel::Caller &caller, const kernel::Call &call, Memory memory) {
    kernel::Decision decision = kernel::decide(state_, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision)) {
        require(*refusal != kernel::Status::ok, "a refusal says why");
        return {.outcome = {{.status = *refusal}}};
    }
    if (auto *outcome = std::get_if<kernel::Outcome>(&decision)) return {.outcome = std::move(*outcome)};
    if (const auto *postponed = std::get_if<kernel::Postponed>(&decision)) {
        kernel::awaited_in(state_, postponed->space, caller);
        return {};
    }
    auto &action = std::get<kernel::Action>(decision);
    if (const auto status = acquire(action, memory); status != kernel::Status::ok) {
        acquired_.clear();
        return {.outcome = {{.status = status}}};
    }
    kernel::Effects effects = kernel::apply(state_, action);
    segments_.merge(acquired_);
    if (effects.change != 0) require(changes_.insert(effects.change).second, "a change has a number of its own");
    for (const kernel::Effect &effect : effects.others)
        perform(effect);
    require(effects.change == 0 || changes_.contains(effects.change), "a change that is waited for is under way");
    check();
    if (effects.change != 0) return {.change = effects.change};
    return {.outcome = std::move(effects.reply)};
}

kernel::Status Site::acquire(kernel::Action &action, Memory memory) {
    const auto no_memory = memory == Memory::there_is_none ? kernel::Status::no_memory : kernel::Status::ok;
    if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) {
        create->key = static_cast<std::uint32_t>(create->actor);
        acquire_segments(create->segments);
        return no_memory;
    }
    if (const auto *change = std::get_if<kernel::action::ChangeSpace>(&action)) {
        acquire_segments(change->segments);
        const kernel::Status status = acquire_places(*change);
        return status == kernel::Status::ok ? no_memory : status;
    }
    if (const auto *set = std::get_if<kernel::action::SetAttributes>(&action)) check_parts(set->present);
    if (const auto *lock = std::get_if<kernel::action::LockRange>(&action)) check_parts(lock->present);
    return kernel::Status::ok;
}

void Site::acquire_segments(const std::vector<kernel::NewSegment> &segments) {
    for (const kernel::NewSegment &wanted : segments) {
        require(!segments_.contains(wanted.segment), "a new segment has an id of its own");
        require(wanted.size_bytes > 0, "a segment has a size");
        const Segment made{wanted.size_bytes, wanted.executable};
        require(acquired_.emplace(wanted.segment, made).second, "a new segment has an id of its own");
        check_copies(wanted.copies);
    }
}

kernel::Status Site::acquire_places(const kernel::action::ChangeSpace &change) const {
    for (const kernel::Region &region : change.place) {
        if (!region.backed()) continue;
        check_part(region.segment, region.part());
        const auto acquired = acquired_.find(region.segment);
        const Segment &segment = acquired != acquired_.end() ? acquired->second : segments_.at(region.segment);
        if ((region.options & kernel::option::executable) != 0 && !segment.executable)
            return kernel::Status::not_implemented;
    }
    check_parts(change.present);
    return kernel::Status::ok;
}

void Site::perform(const kernel::Effect &effect) {
    if (const auto *release = std::get_if<kernel::effect::ReleaseSegment>(&effect))
        return require(segments_.erase(release->segment) == 1, "a segment is released once");
    if (const auto *release = std::get_if<kernel::effect::ReleasePages>(&effect))
        return check_part(release->part.segment, release->part.range);
    if (const auto *order = std::get_if<kernel::effect::Order>(&effect)) {
        require(state_.find_actor(order->member) != nullptr, "an order is for an actor that lives");
        if (order->first) check_part(order->first->segment, order->first->part());
        daemon::encode(*order);
        return;
    }
    if (const auto *verdict = std::get_if<kernel::effect::Verdict>(&effect)) {
        require(state_.find_actor(verdict->member) != nullptr, "a verdict is for an actor that lives");
        daemon::encode(*verdict);
        return;
    }
    if (const auto *done = std::get_if<kernel::effect::AnswerChange>(&effect)) return answer_change(*done);
    if (const auto *end = std::get_if<kernel::effect::EndProcess>(&effect)) {
        require(state_.find_actor(end->actor) == nullptr, "the process of an actor ends after it");
        std::erase_if(waiting_, [&](const Waiting &waiting) { return waiting.caller.actor == end->actor; });
    }
}

void Site::answer_change(const kernel::effect::AnswerChange &done) {
    require(changes_.erase(done.change) == 1, "a change is answered once");
    const auto waiting =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting &one) { return one.change == done.change; });
    if (waiting == waiting_.end()) return;  // its caller is gone
    answer(waiting->request, done.outcome);
    waiting_.erase(waiting);
}

void Site::serve_waiting() {
    for (std::size_t place = 0; place < waiting_.size();)
        place = serve_again(place) ? 0 : place + 1;
}

// Whether the call waits no longer, or for something else.
bool Site::serve_again(std::size_t place) {
    if (waiting_[place].change != 0) return false;
    const Waiting again = waiting_[place];
    const Served served = serve(again.caller, again.call);
    if (!served.outcome && served.change == 0) return false;
    const auto still = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting &one) { return equal(one.caller, again.caller); });
    if (still == waiting_.end()) return true;
    if (served.outcome) {
        answer(again.request, *served.outcome);
        waiting_.erase(still);
    } else {
        still->change = served.change;
    }
    return true;
}

void Site::answer(const wire::Request &request, const kernel::Outcome &outcome) {
    check_copies(outcome.copies);
    check_parts(outcome.discarded);
    if (outcome.mapping && outcome.mapping->backed()) check_part(outcome.mapping->segment, outcome.mapping->part());
    const wire::Reply reply = daemon::encode(request, outcome);
    require(reply.name[sizeof reply.name - 1] == '\0', "the name in a reply has an end");
    if (reply.mapping.start != 0) last_mapping_ = reply.mapping.start;
    if (outcome.actors)
        for (const kernel::ActorRow &row : *outcome.actors)
            daemon::encode(row, 0);
    if (outcome.regions)
        for (const kernel::RegionRow &row : *outcome.regions) {
            if (row.region.backed()) check_part(row.region.segment, row.region.part());
            daemon::encode(row, nullptr);
        }
}

void Site::check() const {
    if (const auto broken = kernel::check(state_)) require(false, broken->c_str());
    require(segments_.size() == state_.segments.size(), "the kernel's segments are the daemon's");
    for (const auto &[id, segment] : segments_) {
        const auto record = state_.segments.find(id);
        require(record != state_.segments.end(), "the kernel's segments are the daemon's");
        require(record->second.size_bytes == segment.size_bytes, "a segment is as big as the kernel believes");
    }
    require(changes_.size() == state_.changes.size(), "the changes that are under way wait for their answer");
    for (const std::uint64_t change : changes_)
        require(state_.changes.contains(change), "a change that is over has been answered");
}

void Site::check_part(kernel::SegmentId segment, const kernel::Range &range) const {
    const auto acquired = acquired_.find(segment);
    const auto kept = segments_.find(segment);
    require(acquired != acquired_.end() || kept != segments_.end(), "memory that is spoken of is there");
    const Segment &found = acquired != acquired_.end() ? acquired->second : kept->second;
    require(!range.wraps() && range.size_bytes > 0 && range.end() <= found.size_bytes,
            "a part of a segment lies in it");
}

void Site::check_parts(const std::vector<kernel::SegmentPart> &parts) const {
    for (const kernel::SegmentPart &part : parts)
        check_part(part.segment, part.range);
}

void Site::check_copies(const std::vector<kernel::CopyPart> &copies) const {
    for (const kernel::CopyPart &copy : copies) {
        check_part(copy.source, {copy.source_offset, copy.size_bytes});
        check_part(copy.target, {copy.target_offset, copy.size_bytes});
    }
}

}  // namespace chorus::fuzz
