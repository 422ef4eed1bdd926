#include "kernel/lockstep/lockstep.hpp"

#include <algorithm>

namespace chorus::kernel {

namespace {

std::string name(ActorId actor) {
    return std::to_string(static_cast<std::uint32_t>(actor));
}

std::string name(Status status) {
    return std::to_string(static_cast<int>(status));
}

// What a caller does in its turn, where its call went well.
Task task_of(const Call &call, const Outcome &outcome) {
    const auto pages = [](Range range) {
        range.size_bytes = (range.size_bytes + naive_page - 1) / naive_page * naive_page;
        return range;
    };
    Task task;
    if (const auto *free = std::get_if<call::FreeRegions>(&call)) {
        task.what = Task::What::unmap;
        task.ranges = {free->options != 0 ? Range{0, ~std::uint64_t{0}} : pages(free->range)};
    } else if (const auto *set = std::get_if<call::SetAttribute>(&call)) {
        task.what = Task::What::renew;
        task.ranges = {pages(set->region.range)};
    } else if (std::holds_alternative<call::Fork>(call)) {
        task.what = Task::What::fork;
    } else {
        const auto *allocate = std::get_if<call::AllocateRegion>(&call);
        const auto *map = std::get_if<call::MapFromActor>(&call);
        const auto *copy = std::get_if<call::CopyFromActor>(&call);
        const auto *physical = std::get_if<call::MapPhysical>(&call);
        Range range = allocate != nullptr ? allocate->region.range
                      : map != nullptr    ? map->region.range
                      : copy != nullptr   ? copy->region.range
                                          : physical->region.range;
        range.start = outcome.mapping->range.start;
        task.what = Task::What::map;
        task.ranges = {pages(range)};
        task.first = outcome.mapping;
    }
    return task;
}

}  // namespace

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

// ---- What comes of it.

void Lockstep::check_outcome(const Pending &pending, const NaiveModel::Expected &expected, const Outcome &outcome) {
    const auto what = [&] { return describe(pending.call); };
    const bool unanswered = outcome.status == Status::timed_out;
    if (expected.postponed) {
        expect(unanswered && world_.change == 0 && world_.others.empty(),
               [&] { return what() + ": has to wait, and came to " + name(outcome.status); });
        pending_.push_back(pending);
        return;
    }
    if (!expected.waits) {
        expect(!unanswered, [&] { return what() + (world_.change == 0 ? ": is postponed" : ": waits for others"); });
        expect(outcome.status == expected.status,
               [&] { return what() + ": is " + name(outcome.status) + ", should be " + name(expected.status); });
        expect(expected.status == Status::ok || (world_.others.empty() && world_.actions.empty()),
               [&] { return what() + ": is refused, and does something"; });
        return came(pending, expected, outcome);
    }
    expect(unanswered && world_.change != 0, [&] { return what() + ": others should have to follow"; });
    Pending waits = pending;
    waits.change = world_.change;
    waits.start = expected.start;
    if (expected.caller_maps) waits.turn = ++processes_.at(pending.caller).given;
    auto &waiting = model_.waiting.at(*expected.waits);
    for (const Effect &effect : world_.others)
        if (const auto *order = std::get_if<effect::Order>(&effect); order != nullptr && order->change == world_.change)
            ++waiting.left[order->member];
    std::set<ActorId> asked;
    for (const auto &[member, left] : waiting.left)
        asked.insert(member);
    expect(asked == std::set(expected.asked.begin(), expected.asked.end()),
           [&] { return what() + ": asks the wrong ones to follow"; });
    changes_[world_.change] = *expected.waits;
    pending_.push_back(waits);
    absorb();
}

// A call has come to its end by itself.
void Lockstep::came(const Pending &pending, const NaiveModel::Expected &expected, const Outcome &outcome) {
    const auto what = [&] { return describe(pending.call); };
    if (expected.status != Status::ok)
        return expect(outcome.turn == 0, [&] { return what() + ": a turn for a refusal"; });
    Pending done = pending;
    done.start = expected.start;
    if (expected.creates) {
        const bool forked = std::holds_alternative<call::Fork>(pending.call);
        const auto *create = std::get_if<call::CreateActor>(&pending.call);
        const Privilege privilege =
            forked ? model_.people.at(pending.caller).privilege : static_cast<Privilege>(create->privilege);
        add_actor(outcome.actor, outcome, privilege, forked ? Phase::starting : Phase::created);
        if (forked) model_.fork(pending.caller, outcome.actor);
        if (forked) processes_.at(outcome.actor).exists = false;
        if (forked) done.turn = ++processes_.at(pending.caller).given;
        if (forked && model_.space_of(outcome.actor) != ActorId{})
            processes_.at(outcome.actor).in_line = processes_.at(pending.caller).up_to_date();
    }
    if (expected.caller_maps) done.turn = ++processes_.at(pending.caller).given;
    if (expected.mapping) {
        const Region &wanted = *expected.mapping, &got = *outcome.mapping;
        expect(got.range == wanted.range && got.options == wanted.options && got.owner == wanted.owner,
               [&] { return what(); });
        expect(same_memory({static_cast<int>(wanted.segment), static_cast<int>(wanted.offset / naive_page)},
                           got.segment, got.offset / naive_page * naive_page),
               [&] { return what() + ": other memory"; });
    }
    if (expected.listed) {
        expect(expected.listed->size() == outcome.regions->size(), [&] { return what() + ": lists more or fewer"; });
        for (std::size_t i = 0; i < expected.listed->size(); ++i) {
            Region wanted = (*expected.listed)[i], got = (*outcome.regions)[i].region;
            const Memory memory{static_cast<int>(wanted.segment), static_cast<int>(wanted.offset / naive_page)};
            expect(same_memory(memory, got.segment, got.offset), [&] { return what() + ": lists other memory"; });
            wanted.segment = got.segment, wanted.offset = got.offset;
            expect(wanted == got, [&] { return what() + ": lists another region"; });
        }
    }
    if (expected.physical) {
        const auto &find = std::get<call::FindPhysical>(pending.call);
        const std::uint64_t start = outcome.physical - find.address % naive_page -
                                    static_cast<std::uint64_t>(expected.physical->page) * naive_page;
        const auto known = model_.physical.find(expected.physical->segment);
        if (known != model_.physical.end()) expect(known->second == start, [&] { return what() + ": moves"; });
        model_.physical[expected.physical->segment] = start;
        const auto end_of = [&](int segment) {
            return model_.physical.at(segment) +
                   static_cast<std::uint64_t>(model_.pages_of_segment(segment)) * naive_page;
        };
        for (const auto &[segment, other] : model_.physical)
            expect(segment == expected.physical->segment || end_of(segment) <= start ||
                       end_of(expected.physical->segment) <= other,
                   [&] { return what() + ": two segments at one place"; });
    }
    std::vector<std::uint32_t> read;  // all of it first: where the two ranges overlap, the model does so, too
    for (const CopyPart &part : outcome.copies)
        for (std::uint64_t at = part.source_offset; at < part.source_offset + part.size_bytes; at += naive_unit)
            read.push_back(memory_.at(part.source).at(at / naive_page).contents[at % naive_page / naive_unit]);
    auto next = read.begin();
    for (const CopyPart &part : outcome.copies)
        for (std::uint64_t at = part.target_offset; at < part.target_offset + part.size_bytes; at += naive_unit)
            memory_.at(part.target).at(at / naive_page).contents[at % naive_page / naive_unit] = *next++;
    for (const SegmentPart &part : outcome.discarded)
        for (std::uint64_t at = part.range.start; at < part.range.end(); at += naive_page)
            memory_.at(part.segment).at(at / naive_page).contents = {};
    absorb();
    reply(done, outcome, outcome.actor);
}

// The caller hears how its call ended, and takes its turn.
void Lockstep::reply(const Pending &pending, const Outcome &outcome, ActorId child) {
    expect(outcome.turn == pending.turn, [&] {
        return describe(pending.call) + ": the reply has turn " + std::to_string(outcome.turn) + ", not " +
               std::to_string(pending.turn);
    });
    if (outcome.status == Status::ok && pending.start)
        expect(outcome.mapping && outcome.mapping->range.start == *pending.start,
               [&] { return describe(pending.call) + ": is placed elsewhere"; });
    if (pending.turn == 0) return;
    if (outcome.status == Status::ok && outcome.mapping && outcome.mapping->backed())
        expect(memory_.contains(outcome.mapping->segment),
               [&] { return describe(pending.call) + ": the reply maps what is gone"; });
    Task task = outcome.status == Status::ok ? task_of(pending.call, outcome) : Task{};
    task.child = child;
    processes_.at(pending.caller).tasks[pending.turn] = task;
}

void Lockstep::fill(const std::vector<NewSegment> &segments) {
    for (const NewSegment &segment : segments) {
        std::vector<Page> pages(segment.size_bytes / naive_page, Page{.live = true});
        live_pages_ += pages.size();
        for (const CopyPart &part : segment.copies)
            for (std::uint64_t at = 0; at < part.size_bytes; at += naive_page)
                pages.at((part.target_offset + at) / naive_page).contents =
                    memory_.at(part.source).at((part.source_offset + at) / naive_page).contents;
        expect(memory_.emplace(segment.segment, std::move(pages)).second, "a segment is made twice");
    }
}

void Lockstep::release(const SegmentPart &part) {
    auto &pages = memory_.at(part.segment);
    for (std::uint64_t at = part.range.start; at < part.range.end(); at += naive_page) {
        expect(pages.at(at / naive_page).live, "a page is released twice");
        pages.at(at / naive_page) = {};
        --live_pages_;
    }
}

// The world outside carries out what the last call came to.
void Lockstep::absorb() {
    const std::vector<Effect> effects = world_.others;
    for (const Action &action : world_.actions) {
        if (const auto *change = std::get_if<action::ChangeSpace>(&action)) fill(change->segments);
        if (const auto *create = std::get_if<action::CreateActor>(&action)) fill(create->segments);
    }
    world_.others.clear();
    world_.actions.clear();
    for (const Effect &effect : effects) {
        if (const auto *pages = std::get_if<effect::ReleasePages>(&effect)) release(pages->part);
        if (const auto *whole = std::get_if<effect::ReleaseSegment>(&effect)) {
            for (const Page &page : memory_.at(whole->segment))
                live_pages_ -= page.live ? 1 : 0;
            memory_.erase(whole->segment);
        }
        if (const auto *order = std::get_if<effect::Order>(&effect)) {
            expect(processes_.contains(order->member), "an order for nobody");
            Process &process = processes_.at(order->member);
            ++process.given;
            expect(order->turn == process.given, [&] {
                return "turn " + std::to_string(order->turn) + " of actor " + name(order->member) + " should be " +
                       std::to_string(process.given);
            });
            if (order->first) expect(memory_.contains(order->first->segment), "an order maps what is gone");
            const Task::What what = order->follow_by == FollowBy::map     ? Task::What::map
                                    : order->follow_by == FollowBy::unmap ? Task::What::unmap
                                                                          : Task::What::renew;
            process.tasks[order->turn] = {.what = what,
                                          .ranges = {order->range},
                                          .first = order->first,
                                          .change = order->change,
                                          .order = true,
                                          .refusable = what == Task::What::map || process.up_to_date()};
        }
        if (const auto *verdict = std::get_if<effect::Verdict>(&effect)) {
            Process &process = processes_.at(verdict->member);
            expect(process.ready && !process.verdict, "a verdict for one who does not wait for it");
            process.verdict = verdict->go;
            if (!verdict->go) continue;
            const auto change = changes_.find(process.claimed);
            expect(change != changes_.end(), "a change that has ended goes on");
            for (const auto &[member, left] : model_.waiting.at(change->second).left)
                expect(ready_.at(change->first).contains(member), "a change goes on before all are ready");
            agreed_.insert(change->first);
        }
        if (const auto *answer = std::get_if<effect::AnswerChange>(&effect)) {
            const auto wanted = answers_.find(answer->change);
            expect(wanted != answers_.end(),
                   [&] { return "change " + std::to_string(answer->change) + " is answered too early"; });
            expect(wanted->second == answer->outcome.status, [&] {
                return "change " + std::to_string(answer->change) + " is " + name(answer->outcome.status) +
                       ", should be " + name(wanted->second);
            });
            answers_.erase(wanted);
            const auto caller = std::find_if(pending_.begin(), pending_.end(),
                                             [&](const Pending &one) { return one.change == answer->change; });
            if (caller == pending_.end()) continue;  // it has died
            const Pending pending = *caller;
            pending_.erase(caller);
            reply(pending, answer->outcome, {});
        }
    }
    expect(answers_.empty(), "a change has ended and is not answered");
    for (const auto &[number, space] : changes_) {
        const auto ready = ready_.find(number);
        if (ready == ready_.end() || agreed_.contains(number)) continue;
        expect(ready->second.size() < model_.waiting.at(space).left.size(), "all are ready, and nobody is told");
    }
    for (const auto &[id, process] : processes_)
        expect(!process.ready || process.verdict || changes_.contains(process.claimed),
               "a process waits for a verdict on a change that has ended");
}

// ---- Both are the same.

bool Lockstep::same_memory(const Memory &memory, SegmentId segment, std::uint64_t offset) {
    if (memory.segment == 0 || segment == SegmentId{}) return memory.segment == 0 && segment == SegmentId{};
    const auto model = static_cast<std::size_t>(memory.segment);
    if (kernels_.size() <= model) kernels_.resize(model + 1);
    if (kernels_[model] == SegmentId{}) {
        if (!models_.emplace(segment, memory.segment).second) return false;
        kernels_[model] = segment;
    }
    return kernels_[model] == segment && offset == static_cast<std::uint64_t>(memory.page) * naive_page;
}

void Lockstep::compare(ActorId space, const AddressSpace &regions) {
    const NaiveModel::Cells &cells = model_.spaces.at(space);
    std::size_t pages = 0, used = 0;
    for (const auto &[start, region] : regions.regions()) {
        for (std::uint64_t done = 0; done < region.range.size_bytes; done += naive_page, ++pages) {
            const auto at = NaiveModel::cell_at(space, start + done);
            const auto where = [&] { return "space " + name(space) + " cell " + std::to_string(at.value_or(-1)); };
            expect(at && cells[*at], [&] { return where() + " should be a hole"; });
            const Cell &cell = *cells[*at];
            expect(same_memory(cell.memory, region.segment, region.offset + (region.backed() ? done : 0)),
                   [&] { return where() + " is other memory"; });
            expect(region.options == cell.options && region.opaque1 == cell.opaque1 && region.opaque2 == cell.opaque2 &&
                       region.owner == cell.owner,
                   [&] { return where() + " has another attribute or owner"; });
            expect((done == 0) == cell.begins, [&] { return where() + " the border of a region"; });
        }
    }
    for (const auto &cell : cells)
        used += cell ? 1 : 0;
    expect(pages == used, [&] { return "space " + name(space) + " has a hole where memory should be"; });
    for (const auto &one : processes_) {
        const ActorId id = one.first;
        const Process &process = one.second;
        if (model_.space_of(id) != space || !process.begun || !process.idle() || !settled(space)) continue;
        for (int cell = 0; cell < NaiveModel::cells_per_space; ++cell) {
            const auto &here = cells[cell];
            std::optional<Mapped> wanted;
            if (here && here->backed())
                wanted = Mapped{kernels_.at(here->memory.segment),
                                static_cast<std::uint64_t>(here->memory.page) * naive_page,
                                here->options & option::protection};
            if (process.maps[cell] == wanted) continue;
            expect(false, [&] {
                return "the process of actor " + name(id) + " does not map cell " + std::to_string(cell) +
                       " as the table has it";
            });
        }
    }
}

void Lockstep::compare() {
    compare(ActorId{}, world_.state.supervisor_space.regions);
    expect(world_.state.actors.size() == model_.people.size(), "another number of actors");
    for (const auto &[id, person] : model_.people)
        compare(id, world_.state.actors.at(id).space.regions);
    const std::vector<Memory> live = model_.live();
    for (const Memory &memory : live) {
        const auto found = memory_.find(kernels_.at(memory.segment));
        const auto what = [&] {
            return "page " + std::to_string(memory.page) + " of segment " + std::to_string(memory.segment);
        };
        expect(found != memory_.end() && found->second.at(memory.page).live,
               [&] { return what() + " is released and mapped"; });
        expect(found->second[memory.page].contents == model_.contents(memory),
               [&] { return what() + " has other contents"; });
    }
    expect(live.size() == live_pages_, [&] {
        return std::to_string(live_pages_) + " pages of memory are kept, not " + std::to_string(live.size());
    });
    expect(world_.state.segments.size() == memory_.size(), "another number of segments");
    expect(world_.state.changes.size() == model_.waiting.size(), "another number of changes");
    expect(world_.state.locks.size() == model_.locks.size(), "another number of locks");
    for (std::size_t i = 0; i < model_.locks.size(); ++i) {
        const auto &lock = world_.state.locks[i];
        expect(NaiveModel::Lock{lock.owner, lock.space, lock.range} == model_.locks[i], "another lock");
    }
    const Marks &marks = world_.state.marks;
    expect(marks.red == model_.marks.red && marks.green == model_.marks.green, "other marks");
    const auto broken = check(world_.state);
    expect(!broken, broken.value_or(""));
}

}  // namespace chorus::kernel
