// What comes of a call, and of what happens.
#include <algorithm>

#include "kernel/lockstep/lockstep.hpp"

namespace chorus::kernel {

namespace {

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

}  // namespace chorus::kernel
