#include "worlds/model.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "kernel/invariants.hpp"
#include "worlds/process_state.hpp"
#include "worlds/program.hpp"

namespace chorus::sim {

namespace {

// A broken promise of the kernel or of the model: it is reported as what came of the step.
struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The runner's user; where there are several, it is root.
std::uint32_t user_of(const Script &script) {
    return script.other_user() ? 0 : geteuid();
}

kernel::Config configuration(const Script &script) {
    kernel::Config config;
    config.kernel_uid = user_of(script);
    return config;
}

}  // namespace

std::uint32_t Model::group_of(std::uint32_t uid) {
    return uid == geteuid() ? getegid() : uid;
}

Model::Model(const Script &script) : script_(script), state_(configuration(script)) {
    for (const ActorName &actor : script.actors) {
        people_.emplace_back();
        Person &who = people_.back();
        who.name = actor.name;
        who.uid = actor.uid.value_or(user_of(script));
    }
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const ActorName &actor = script.actors[i];
        Person &who = people_[i];
        if (!actor.declared) continue;
        kernel::Outcome outcome;
        const bool joins = actor.rights == Rights::user && !actor.uid;
        if (joins) {
            outcome = *serve(caller_of(who), kernel::call::Join{actor.name}).outcome;
        } else {
            const std::uint32_t options = actor.rights == Rights::supervisor ? kernel::spawn_option::supervisor_space
                                          : actor.rights == Rights::system   ? kernel::spawn_option::trusted
                                                                             : 0;
            outcome = *serve({std::nullopt, user_of(script)}, kernel::call::Spawn{actor.name, options}).outcome;
        }
        if (outcome.status != kernel::Status::ok) continue;  // not let in
        who.id = outcome.actor;
        who.capability = *outcome.capability;
        who.alive = who.process = true;
        by_id_.resize(static_cast<std::size_t>(outcome.actor) + 1, -1);
        by_id_[static_cast<std::size_t>(outcome.actor)] = static_cast<int>(i);
        if (!joins) serve(caller_of(who), kernel::call::Begin{});
    }
}

std::uint64_t Model::aid_of(int actor) const {
    const Person &who = person(actor);
    return who.id ? static_cast<std::uint64_t>(*who.id) : 0;
}

int Model::actor_with(kernel::ActorId id) const {
    const auto number = static_cast<std::size_t>(id);
    return number < by_id_.size() ? by_id_[number] : -1;
}

bool Model::supervisor(const Person &who) const {
    const kernel::Actor *actor = state_.find_actor(*who.id);
    return actor != nullptr && actor->privilege == kernel::Privilege::supervisor;
}

kernel::ActorId Model::space_of(const Person &who) const {
    return supervisor(who) ? kernel::ActorId{} : *who.id;
}

Result Model::perform(const Operation &operation) {
    back_.clear();
    acting_ = operation.verb >= Verb::kill ? -1 : operation.actor;
    Result result;
    try {
        if (acting_ < 0) {
            result = happen(operation);
        } else {
            const Person &who = person(acting_);
            if (!who.alive) return Result::of(Result::Kind::ended);
            const bool stuck = who.waits != Waits::no || who.stopped || !who.process;
            if (stuck) {
                return Result::cannot(who.name + (who.waits != Waits::no ? " has not come back from its last call"
                                                  : who.stopped          ? " is stopped"
                                                                         : " has no process"));
            }
            result = act(operation);
        }
        settle();
        if (check_always) check_everything();
    } catch (const Wrong &wrong) {
        result.kind = Result::Kind::broken;
        result.text = wrong.what();
        return result;
    }
    // What has come back, in the order of actors; the step's own result is what the step came to.
    std::sort(back_.begin(), back_.end());
    for (const int actor : back_) {
        Person &who = person(actor);
        if (!who.ready || who.stopped) continue;
        if (actor == acting_)
            result = std::move(*who.ready);
        else
            result.woken.push_back({static_cast<std::int16_t>(actor), std::move(*who.ready)});
        who.ready.reset();
        who.waits = Waits::no;
    }
    if (acting_ >= 0 && !person(acting_).alive && result.kind != Result::Kind::text) {
        std::vector<Woken> woken = std::move(result.woken);
        result = Result::of(Result::Kind::ended);
        result.woken = std::move(woken);
    }
    return result;
}

// ---- What happens to the world.

Result Model::happen(const Operation &operation) {
    const bool to_process =
        operation.verb == Verb::kill || operation.verb == Verb::stop || operation.verb == Verb::go_on;
    if (to_process && person(operation.actor).alive && !person(operation.actor).process)
        return Result::cannot(person(operation.actor).name + " has no process");
    switch (operation.verb) {
        case Verb::kill:
            if (person(operation.actor).alive) die(operation.actor, "kill 9");
            break;
        case Verb::kill_kernel:
        case Verb::kill_keeper:
            break;  // nobody notices
        case Verb::kill_site:
            kernel_alive_ = false;
            break;
        case Verb::stop:
            stop(operation.actor);
            break;
        case Verb::go_on:
            go_on(operation.actor);
            break;
        case Verb::pass:
            pass(static_cast<std::uint64_t>(operation.limit_s * 1'000'000'000 + operation.limit_ns));
            break;
        case Verb::regions:
        case Verb::actors:
        case Verb::waits:
            if (!kernel_alive_) return Result::cannot("no kernel answers");
            return operation.verb == Verb::regions  ? regions_of(operation.target)
                   : operation.verb == Verb::actors ? actors()
                                                    : waits();
        case Verb::maps:
            return maps_of(person(operation.actor));
        case Verb::spawn:
            // The model cannot serve a process, so the program runs in a separate site.
            if (!kernel_alive_) return Result::of_text("exit 1");
            return run_to_end(KernelProcess().site(), operation, script_.spawn_limit);
        default:
            throw Wrong("the model cannot do that");
    }
    return {};
}

// Its process is gone.
void Model::end(int actor, const std::string &how) {
    Person &who = person(actor);
    who.alive = false;
    who.stopped = false;
    who.end = how;
    who.waits = Waits::no;
    who.ready.reset();
    who.orders.clear();
    who.maps = {};
    std::erase_if(queue_, [actor](const Sleeper &sleeper) { return sleeper.actor == actor; });
    std::erase(postponed_, actor);
    std::erase(back_, actor);
    if (who.parent < 0) return;
    Person &parent = person(who.parent);
    if (parent.waits == Waits::child && parent.pending.made == actor) {
        come_back(parent, Result::of_text(how));
        who.parent = -1;
    }
}

void Model::die(int actor, const std::string &how) {
    const kernel::ActorId id = *person(actor).id;
    end(actor, how);
    if (kernel_alive_) serve({}, kernel::call::ActorDied{id});
}

void Model::stop(int actor) {
    Person &who = person(actor);
    if (!who.alive || who.stopped) return;
    who.stopped = true;
    // A signal takes a sleeper off its queue; it falls asleep again when it goes on.
    if (who.waits != Waits::semaphore || !who.sleeping.in_queue) return;
    std::erase_if(queue_, [actor](const Sleeper &sleeper) { return sleeper.actor == actor; });
    who.sleeping.in_queue = false;
}

void Model::go_on(int actor) {
    Person &who = person(actor);
    if (!who.alive || !who.stopped) return;
    who.stopped = false;
    if (who.ready) back_.push_back(actor);
    if (who.waits == Waits::itself_stopped) come_back(who, Result::status(0));
    if (who.waits != Waits::semaphore || who.sleeping.in_queue || who.ready) return;
    // The system call begins anew: as if it had just looked.
    if (const auto ended = fall_asleep(actor, who.sleeping)) continue_take(actor, *ended);
}

void Model::pass(std::uint64_t ns) {
    now_ns_ += ns;
    for (;;) {
        // Whose time is up first; of several, who went to sleep first.
        int next = -1;
        for (const Sleeper &sleeper : queue_) {
            const Person &who = person(sleeper.actor);
            if (!who.sleeping.deadline_ns || *who.sleeping.deadline_ns > now_ns_) continue;
            if (next < 0 || *who.sleeping.deadline_ns < *person(next).sleeping.deadline_ns) next = sleeper.actor;
        }
        if (next < 0) return;
        std::erase_if(queue_, [next](const Sleeper &sleeper) { return sleeper.actor == next; });
        person(next).sleeping.in_queue = false;
        continue_take(next, sync::Slept::timed_out);
    }
}

Result Model::regions_of(const Who &who) const {
    Result result = Result::of(Result::Kind::rows);
    const kernel::Space *space = &state_.supervisor_space;
    std::optional<kernel::ActorId> owner;
    if (who.kind == Who::Kind::actor) {
        const Person &named = person(who.actor);
        if (!named.id || state_.find_actor(*named.id) == nullptr) return result;
        if (supervisor(named))
            owner = *named.id;
        else
            space = &state_.space_of(*named.id);
    }
    for (const auto &[start, region] : space->regions.regions()) {
        if (owner && region.owner != *owner) continue;
        const std::uint32_t shown = owner ? 0 : static_cast<std::uint32_t>(region.owner);
        result.rows.push_back({start, region.range.size_bytes, region.options, shown,
                               static_cast<std::uint64_t>(region.segment), region.offset});
    }
    return result;
}

// As the real world shows it.
Result Model::maps_of(const Person &who) const {
    Result result = Result::of(Result::Kind::rows);
    for (const auto &[start, mapped] : who.maps.all())
        result.rows.push_back({start, mapped.size_bytes, mapped.options & kernel::option::protection});
    result.rows = joined(std::move(result.rows));
    return result;
}

Result Model::waits() const {
    std::vector<Waiting> waiting;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person &who = people_[i];
        if (!who.alive || who.waits == Waits::no || who.ready) continue;
        Waiting one{.actor = static_cast<int>(i), .what = {}, .for_whom = {}};
        if (who.waits == Waits::semaphore) {
            const Place &place = who.sleeping.place;
            one.what = semaphore_name(static_cast<std::uint64_t>(place.segment), place.offset);
            one.for_whom = taker_of(who);
        } else if (who.waits == Waits::child) {
            one.what = "the end of its child";
            one.for_whom = who.pending.made;
        } else if (who.waits == Waits::itself_stopped) {
            one.what = "somebody to start it";
        } else {
            one.what = "its call";
            const kernel::ActorId space = space_waited_for(who);
            const kernel::Awaited awaited = kernel::awaited_in(state_, space, caller_of(who));
            if (const int actor = actor_with(awaited.actor); actor >= 0) one.for_whom = actor;
        }
        waiting.push_back(std::move(one));
    }
    return Result::of_text(waits_text(script_, waiting));
}

kernel::ActorId Model::space_waited_for(const Person &who) const {
    if (who.waits == Waits::change) {
        const auto changing = state_.changes.find(who.change);
        return changing == state_.changes.end() ? *who.id : changing->second;
    }
    const kernel::Decision decision = kernel::decide(state_, caller_of(who), who.call);
    const auto *postponed = std::get_if<kernel::Postponed>(&decision);
    return postponed == nullptr ? *who.id : postponed->space;
}

Result Model::actors() const {
    std::string text;
    for (const auto &[id, actor] : state_.actors) {
        text += (text.empty() ? "" : ", ") + actor.name;
        if (actor.stopped) text += " stopped";
    }
    return Result::of_text(text.empty() ? "nobody" : text);
}

// ---- The path of a call.

Model::Served Model::serve(const kernel::Caller &caller, const kernel::Call &call) {
    kernel::Decision decision = kernel::decide(state_, caller, call);
    if (const auto *refusal = std::get_if<kernel::Status>(&decision)) return {.outcome = {{.status = *refusal}}};
    if (auto *answer = std::get_if<kernel::Outcome>(&decision)) {
        for (const kernel::CopyPart &part : answer->copies)
            segments_.copy(part);
        for (const kernel::SegmentPart &part : answer->discarded)
            segments_.discard(part);
        return {.outcome = std::move(*answer)};
    }
    if (std::holds_alternative<kernel::Postponed>(decision)) return {};
    auto &action = std::get<kernel::Action>(decision);
    prepare(action);
    if (auto *create = std::get_if<kernel::action::CreateActor>(&action)) create->key = next_key_++;
    kernel::Effects effects = kernel::apply(state_, action);
    if (check_always)
        if (const auto broken = kernel::check(state_)) throw Wrong("the kernel breaks an invariant: " + *broken);
    for (const kernel::Effect &effect : effects.others)
        perform(effect);
    if (effects.change != 0) return {.change = effects.change};
    return {.outcome = std::move(effects.reply)};
}

void Model::prepare(const kernel::Action &action) {
    if (const auto *change = std::get_if<kernel::action::ChangeSpace>(&action)) fill(change->segments);
    if (const auto *create = std::get_if<kernel::action::CreateActor>(&action)) fill(create->segments);
}

void Model::fill(const std::vector<kernel::NewSegment> &segments) {
    for (const kernel::NewSegment &segment : segments)
        for (kernel::CopyPart part : segment.copies) {
            part.target = segment.segment;
            segments_.copy(part);
        }
}

void Model::perform(const kernel::Effect &effect) {
    if (const auto *release = std::get_if<kernel::effect::ReleaseSegment>(&effect))
        return segments_.release(release->segment);
    if (const auto *pages = std::get_if<kernel::effect::ReleasePages>(&effect)) return segments_.discard(pages->part);
    if (const auto *order = std::get_if<kernel::effect::Order>(&effect)) {
        if (const int member = actor_with(order->member); member >= 0 && person(member).alive)
            person(member).orders.push_back(*order), lagged_ = lagged_ || person(member).stopped;
        return;
    }
    if (const auto *verdict = std::get_if<kernel::effect::Verdict>(&effect)) {
        if (const int member = actor_with(verdict->member); member >= 0) person(member).verdict = verdict->go;
        return;
    }
    if (const auto *answer = std::get_if<kernel::effect::AnswerChange>(&effect)) {
        for (Person &who : people_)
            if (who.waits == Waits::change && who.change == answer->change && !who.ready)
                return come_back(who, finish(who, who.pending, answer->outcome));
        return;
    }
    if (const auto *signal = std::get_if<kernel::effect::SignalActor>(&effect)) {
        const int actor = actor_with(signal->actor);
        if (actor >= 0 && person(actor).process) signal->stop ? stop(actor) : go_on(actor);
        return;
    }
    const auto &ended = std::get<kernel::effect::EndProcess>(effect);
    const int actor = actor_with(ended.actor);
    if (actor < 0 || !person(actor).alive) return;
    const char *how = ended.cause == kernel::EndCause::killed    ? "kill 128"
                      : ended.cause == kernel::EndCause::deleted ? "kill 129"
                                                                 : "kill 9";
    end(actor, how);
}

void Model::come_back(Person &who, Result result) {
    who.ready = std::move(result);
    back_.push_back(static_cast<int>(&who - people_.data()));
}

Result Model::call(Person &who, const Operation &operation, kernel::Call call) {
    Served served = serve(caller_of(who), call);
    if (served.outcome) {
        if (!who.alive) return Result::of(Result::Kind::ended);
        if (who.stopped) {  // by its own call, which comes back when it goes on
            who.pending = operation;
            who.waits = Waits::itself_stopped;
            return Result::of(Result::Kind::blocked);
        }
        return finish(who, operation, *served.outcome);
    }
    who.pending = operation;
    who.call = std::move(call);
    who.change = served.change;
    who.waits = served.change != 0 ? Waits::change : Waits::postponed;
    if (served.change == 0) postponed_.push_back(acting_);
    return Result::of(Result::Kind::blocked);
}

void Model::bring_in_line(Person &who, const kernel::Range &range) {
    who.maps.unmap(range);
    for (const kernel::Region &region : state_.space_of(space_of(who)).regions.within(range))
        if (region.backed()) who.maps.map(region);
}

// The next order of a process that is not stopped. False where there is none, or it waits for the verdict on one.
bool Model::follow_one(int actor) {
    Person &who = person(actor);
    if (who.stopped || who.orders.empty()) return false;
    const kernel::effect::Order order = who.orders.front();
    bool go = true;
    if (order.change != 0 && order.follow_by != kernel::FollowBy::map) {
        if (!who.claimed) {
            who.claimed = true;
            const Served claim = serve(caller_of(who), kernel::call::Claim{order.change});
            if (claim.outcome && claim.outcome->status != kernel::Status::ok) who.verdict = false;
            return true;
        }
        if (!who.verdict) return false;
        go = *who.verdict;
        // A change in several ranges is agreed on once.
        const bool more = who.orders.size() > 1 && who.orders[1].change == order.change;
        if (!more) who.claimed = false, who.verdict.reset();
    }
    who.orders.pop_front();
    if (go) bring_in_line(who, order.range);
    if (order.change != 0) serve(caller_of(who), kernel::call::Acknowledge{order.change, true});
    return true;
}

// Decides a postponed call again; true where one of them waits no longer, or for something else.
bool Model::serve_again() {
    for (std::size_t i = 0; i < postponed_.size(); ++i) {
        const int actor = postponed_[i];
        Person &who = person(actor);
        Served served = serve(caller_of(who), who.call);
        if (!served.outcome && served.change == 0) continue;
        postponed_.erase(postponed_.begin() + static_cast<std::ptrdiff_t>(i));
        if (served.outcome) {
            come_back(who, finish(who, who.pending, *served.outcome));
        } else {
            who.waits = Waits::change;
            who.change = served.change;
        }
        return true;
    }
    return false;
}

void Model::settle() {
    if (!kernel_alive_) return;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < people_.size(); ++i)
            while (people_[i].alive && people_[i].process && follow_one(static_cast<int>(i)))
                more = true;
        if (serve_again()) more = true;
    }
}

// A process has mapped what the table says, unless something is under way; and there is no memory that nobody maps.
void Model::check_everything() const {
    if (!kernel_alive_) return;
    const auto given_back = [this](kernel::SegmentId segment, const kernel::Range &page) {
        const auto record = state_.segments.find(segment);
        if (record == state_.segments.end() || !record->second.coverage.covers(page))
            throw Wrong("memory that nobody maps is not given back: segment " +
                        std::to_string(static_cast<std::uint64_t>(segment)));
    };
    if (!lagged_) segments_.for_each_page(given_back);
    for (const Person &who : people_) {
        if (!who.alive || !who.process || !who.orders.empty()) continue;
        const kernel::Space &space = state_.space_of(space_of(who));
        if (space.change) continue;
        const auto wrong = [&](std::uint64_t address) {
            throw Wrong("the process of " + who.name + " has mapped something else at " + std::to_string(address) +
                        " than the kernel's table has");
        };
        std::uint64_t mapped_bytes = 0;
        for (const auto &[start, piece] : who.maps.all())
            mapped_bytes += piece.size_bytes;
        for (const auto &[start, region] : space.regions.regions()) {
            if (!region.backed()) continue;
            mapped_bytes -= region.range.size_bytes;
            for (std::uint64_t at = start; at < region.range.end();) {
                std::uint64_t from = 0;
                const Maps::Mapped *piece = who.maps.find(at, from);
                if (piece == nullptr || who.maps.place_of(at) != Place{region.segment, region.offset + (at - start)} ||
                    ((piece->options ^ region.options) & kernel::option::protection) != 0)
                    wrong(at);
                at = from + piece->size_bytes;
            }
        }
        if (mapped_bytes != 0) wrong(0);
    }
}

std::unique_ptr<World> make_model(const Script &script) {
    return std::make_unique<Model>(script);
}

}  // namespace chorus::sim
