#include "kernel/lockstep/lockstep.hpp"

#include <algorithm>

namespace chorus::kernel {

Lockstep::Lockstep(std::uint64_t seed, Following following)
    : random_(seed, model_), world_(NaiveModel::config()), following_(following), kernels_(1) {
    world_.members_follow = false;
    world_.check_always = false;
    deaths_percent_ = 1 + random_.below(following == Following::at_once ? 2 : 7);
    follow_below_ = 24 + random_.below(36);
    refused_one_in_ = 2 + random_.below(12);
    for (int i = 0; i < 5; ++i)
        new_actor();
}

void Lockstep::fail(const std::string &claim) const {
    std::string text = claim + "; what was done last:\n";
    const std::size_t last = trace_.size() > 200 ? trace_.size() - 200 : 0;
    for (std::size_t i = last; i < trace_.size(); ++i)
        text += "  " + trace_[i] + "\n";
    throw Mismatch(text);
}

void Lockstep::step() {
    any_event();
    if (following_ == Following::at_once) settle_all();
    compare();
}

// ---- What may happen.

void Lockstep::any_event() {
    const bool any_order = following_ == Following::in_any_order;
    const auto kind = random_.below(100);
    if (kind < deaths_percent_) {
        auto person = model_.people.begin();
        std::advance(person, random_.below(model_.people.size()));
        return die(person->first);
    }
    if (kind < 2 * deaths_percent_ + 2) return new_actor();
    if (kind < 20) return write();
    if (any_order && kind < follow_below_) return follow_one();
    if (any_order && kind < follow_below_ + 3) return be_late();
    if (any_order && kind < follow_below_ + 11 && !pending_.empty()) return retry(random_.below(pending_.size()));
    any_call();
}

bool Lockstep::busy(ActorId actor) const {
    const auto process = processes_.find(actor);
    if (process == processes_.end() || !process->second.begun || process->second.busy_with_own_call()) return true;
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending &one) { return one.caller == actor; });
}

void Lockstep::any_call() {
    auto caller = processes_.begin();
    std::advance(caller, random_.below(processes_.size()));
    if (!busy(caller->first)) make(caller->first, random_.any_call(caller->first));
}

void Lockstep::make(ActorId caller, const Call &call) {
    note("actor " + name(caller) + ": " + describe(call));
    pending_.push_back({caller, call});
    retry(pending_.size() - 1);
}

void Lockstep::retry(std::size_t which) {
    if (pending_[which].change != 0) return;
    if (following_ == Following::in_any_order && random_.one_in(12)) {  // its deadline has passed
        note("actor " + name(pending_[which].caller) + " gives up");
        pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(which));
        return;
    }
    const Pending tried = pending_[which];
    const NaiveModel::Expected expected = model_({tried.caller, 1000}, tried.call);
    const Outcome outcome = world_({tried.caller, 1000}, tried.call);
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(which));
    check_outcome(tried, expected, outcome);
}

void Lockstep::follow_one() {
    auto member = processes_.begin();
    std::advance(member, random_.below(processes_.size()));
    const ActorId id = member->first;
    if (!member->second.begun) {
        if (member->second.exists && random_.one_in(3)) begin(id);
        return;
    }
    follow(id);
}

// One turn of a process, or what is left of it.
bool Lockstep::follow(ActorId member) {
    Process &process = processes_.at(member);
    if (process.ready) {
        if (!process.verdict) return false;
        const Task task = *process.ready;
        process.ready.reset();
        return carry_out(member, task, false);
    }
    const auto task = process.next();
    if (!task) return false;
    const bool any_order = following_ == Following::in_any_order;
    const bool refuses = task->refusable && task->change != 0 && any_order && random_.one_in(refused_one_in_);
    const bool agrees = task->change != 0 && (task->what == Task::What::unmap || task->what == Task::What::renew);
    if (!agrees || refuses) return carry_out(member, *task, refuses);
    process.ready = task;
    if (process.claimed != task->change) claim(member, *task);
    return true;
}

// Says that the process is ready to change what it has mapped.
void Lockstep::claim(ActorId member, const Task &task) {
    note("actor " + name(member) + " is ready for change " + std::to_string(task.change));
    Process &process = processes_.at(member);
    process.claimed = task.change;
    process.verdict.reset();
    const bool alive = changes_.contains(task.change);
    if (alive) ready_[task.change].insert(member);
    const Outcome outcome = world_({member, 1000}, call::Claim{task.change});
    expect(outcome.status == (alive ? Status::ok : Status::aborted), "a claim comes to something else");
    if (!alive) process.verdict = false;
    absorb();
}

bool Lockstep::carry_out(ActorId member, const Task &task, bool refuses) {
    Process &process = processes_.at(member);
    const bool agreed = task.change == 0 || process.claimed != task.change || process.verdict.value_or(false);
    note("actor " + name(member) +
         (refuses  ? " refuses"
          : agreed ? " follows"
                   : " leaves") +
         " change " + std::to_string(task.change));
    for (const Range &range : task.ranges) {
        if (task.what == Task::What::unmap && !refuses && agreed) process.unmap(range);
        if (task.what == Task::What::renew && !refuses && agreed) process.renew(range);
        if (task.what != Task::What::map) continue;
        if (refuses)
            process.unmap(range);
        else
            process.map(range, random_.one_in(3) && task.order ? std::nullopt : task.first);
    }
    if (task.what == Task::What::fork)
        if (const auto child = processes_.find(task.child); child != processes_.end())
            child->second.maps = process.maps, child->second.exists = true;
    if (task.change != 0) acknowledge(member, task.change, !refuses);
    return true;
}

void Lockstep::finish_change(ActorId space, Status status) {
    for (auto it = changes_.begin(); it != changes_.end(); ++it) {
        if (it->second != space) continue;
        answers_[it->first] = status;
        changes_.erase(it);
        return;
    }
}

void Lockstep::acknowledge(ActorId member, std::uint64_t change, bool followed) {
    if (const auto it = changes_.find(change); it != changes_.end()) {
        const ActorId space = it->second;
        auto &waiting = model_.waiting.at(space);
        if (!followed) {
            model_.undo(space);
            finish_change(space, Status::no_memory);
        } else {
            --waiting.left.at(member);
            bool done = true;
            for (const auto &[one, left] : waiting.left)
                done = done && left == 0;
            if (done) {
                const bool gone = waiting.placed_for && !model_.people.contains(*waiting.placed_for);
                model_.settle(space);
                finish_change(space, gone ? Status::unknown_actor : Status::ok);
            }
        }
    }
    const Outcome outcome = world_({member, 1000}, call::Acknowledge{change, followed});
    expect(outcome.status == Status::ok, "an acknowledgement is refused");
    absorb();
}

void Lockstep::be_late() {
    if (changes_.empty()) return;
    auto change = changes_.begin();
    std::advance(change, random_.below(changes_.size()));
    const std::uint64_t number = change->first;
    note("change " + std::to_string(number) + " is late");
    if (agreed_.contains(number)) {  // too late
        world_({}, call::ChangeIsLate{number});
        expect(world_.others.empty() && world_.actions.empty(), "a change that all agreed on is undone");
        return;
    }
    const ActorId space = change->second;
    model_.undo(space);
    finish_change(space, Status::timed_out);
    world_({}, call::ChangeIsLate{number});
    absorb();
}

void Lockstep::die(ActorId actor) {
    note("actor " + name(actor) + " dies");
    random_.remember_dead(model_.people.at(actor).capability);
    const bool of_supervisor = model_.space_of(actor) == ActorId{};
    const auto waiting = model_.waiting.find(ActorId{});
    const bool was_awaited = of_supervisor && waiting != model_.waiting.end() && waiting->second.left.contains(actor);
    model_.end(actor);
    finish_change(actor, Status::unknown_actor);
    if (was_awaited) {
        const auto &left = waiting->second.left;
        if (std::all_of(left.begin(), left.end(), [](const auto &one) { return one.second == 0; })) {
            const auto &owner = waiting->second.placed_for;
            const bool gone = owner && !model_.people.contains(*owner);
            model_.settle(ActorId{});
            finish_change(ActorId{}, gone ? Status::unknown_actor : Status::ok);
        }
    }
    processes_.erase(actor);
    for (auto &[change, ready] : ready_)
        ready.erase(actor);
    std::erase_if(pending_, [&](const Pending &one) { return one.caller == actor; });
    world_({}, call::ActorDied{actor});
    absorb();
    while (processes_.empty())
        new_actor();
}

// A program begins: a supervisor's finds the whole supervisor space, a forked child maps its copies.
void Lockstep::begin(ActorId actor) {
    note("actor " + name(actor) + " begins");
    world_({actor, 1000}, call::Begin{});
    absorb();
    model_.begin(actor);
    Process &process = processes_.at(actor);
    process.begun = true;
    if (model_.space_of(actor) == ActorId{}) process.maps = {};
    if (process.in_line) return process.map_all(model_.space_of(actor) == ActorId{} ? 0 : option::inherit_copy);
    for (const Range &window : NaiveModel::config().user_windows())
        process.renew(window);
}

void Lockstep::new_actor() {
    if (model_.people.size() >= NaiveModel::max_actors - 1) return;
    const auto kind = processes_.size() < 2 ? 0 : random_.below(5);
    if (kind < 2) {
        const Outcome joined = world_({std::nullopt, 1000}, call::Join{"user"});
        absorb();
        note("actor " + name(joined.actor) + " joins");
        return add_actor(joined.actor, joined, Privilege::user, Phase::running);
    }
    const bool supervisor = kind < 4;
    const Outcome spawned = world_(
        {std::nullopt, 0}, call::Spawn{"spawned", supervisor ? spawn_option::supervisor_space : spawn_option::trusted});
    absorb();
    note("actor " + name(spawned.actor) + (supervisor ? " is started, supervisor" : " is started, system"));
    add_actor(spawned.actor, spawned, supervisor ? Privilege::supervisor : Privilege::system, Phase::starting);
    // A spawned program finds nothing in its own space; what others have put there comes by orders.
    if (following_ == Following::at_once || random_.one_in(2)) begin(spawned.actor);
}

void Lockstep::add_actor(ActorId actor, const Outcome &outcome, Privilege privilege, Phase phase) {
    model_.add(actor, *outcome.capability, privilege, phase);
    if (phase == Phase::created) return;
    const auto fetch = [this, actor](const Range &range, std::uint32_t options) {
        const Outcome found = world_({actor, 1000}, call::FindMapping{range, options});
        return found.status == Status::ok ? found.mapping : std::nullopt;
    };
    auto &process = processes_.try_emplace(actor, model_.space_of(actor), fetch).first->second;
    process.begun = phase == Phase::running;
}

// Somebody writes to memory.
void Lockstep::write() {
    const std::vector<Memory> live = model_.live();
    if (live.empty()) return;
    const auto chosen = live.begin() + static_cast<std::ptrdiff_t>(random_.below(live.size()));
    NaiveModel::Contents contents;
    for (std::uint32_t &unit : contents)
        unit = static_cast<std::uint32_t>(random_.below(1'000'000) + 1);
    model_.write(*chosen, contents);
    memory_.at(kernels_.at(chosen->segment)).at(chosen->page).contents = contents;
}

void Lockstep::settle_all() {
    for (bool more = true; more;) {
        more = false;
        for (auto it = processes_.begin(); it != processes_.end();) {
            const ActorId id = it++->first;
            if (!processes_.at(id).begun && processes_.at(id).exists) begin(id);
            while (processes_.at(id).begun && follow(id))
                more = true;
        }
    }
    pending_.clear();  // others hold locks
}

}  // namespace chorus::kernel
