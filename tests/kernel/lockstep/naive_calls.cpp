// What must come of each call.
#include <algorithm>

#include "kernel/lockstep/naive_model.hpp"

namespace chorus::kernel {

namespace {

bool misaligned(const RegionRequest &region) {
    if (has(region.options, option::anywhere) && !has(region.options, option::restrictive)) return false;
    return region.range.start % naive_page != 0;
}

NaiveModel::Expected refused(Status status) {
    return {.status = status};
}

NaiveModel::Expected postponed() {
    return {.postponed = true};
}

bool touching(ActorId space, int cell) {  // the cell before it is the page before it
    return cell > 0 && NaiveModel::address_of(space, cell) == NaiveModel::address_of(space, cell - 1) + naive_page;
}

bool alike(const Cell &one, const Cell &other) {
    return one.options == other.options && one.opaque1 == other.opaque1 && one.opaque2 == other.opaque2 &&
           one.owner == other.owner;
}

void split_before(NaiveModel::Cells &cells, int cell) {
    if (cell < NaiveModel::cells_per_space && cells[cell]) cells[cell]->begins = true;
}

constexpr std::uint32_t of_places = option::protection | option::fill_zero | option::anywhere | option::restrictive |
                                    option::supervisor | option::inherit | option::paging | option::no_swap_out;

}  // namespace

// ---- Calls that make regions.

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::AllocateRegion &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId space = has(call.region.options, option::supervisor) ? ActorId{} : space_of(who.actors[0]);
    const RegionRequest &region = call.region;
    if (const Status wrong = check_options(caller, region.options, of_places | option::reserved); wrong != Status::ok)
        return refused(wrong);
    const std::uint64_t pages = pages_of(region.range.size_bytes);
    if (pages == 0) return refused(Status::bad_size);
    if (misaligned(region)) return refused(Status::misaligned);
    if (const Status wrong = check_address(space, region, pages); wrong != Status::ok) return refused(wrong);
    if (waiting.contains(space)) return postponed();
    const Spot spot = find_spot(space, region, pages, 1);
    if (spot.status != Status::ok) return refused(spot.status);
    std::vector<Cell> cells(pages);
    if (!has(region.options, option::reserved)) {
        const int segment = new_segment(static_cast<int>(pages));
        for (std::size_t i = 0; i < pages; ++i)
            cells[i].memory = {segment, static_cast<int>(i)};
    }
    return place(caller, space, who.actors[0], spot.cell, region, std::move(cells));
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::MapFromActor &call) {
    const Who who = authorize(caller, {call.target, call.source});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId space = has(call.region.options, option::supervisor) ? ActorId{} : space_of(who.actors[0]);
    const RegionRequest &region = call.region;
    if (const Status wrong = check_options(caller, region.options, of_places); wrong != Status::ok)
        return refused(wrong);
    const std::uint64_t pages = pages_of(region.range.size_bytes);
    if (pages == 0 || pages_of(call.source_range.size_bytes) < pages) return refused(Status::bad_size);
    if (misaligned(region) || call.source_range.start % naive_page != 0) return refused(Status::misaligned);
    if (const Status wrong = check_address(space, region, pages); wrong != Status::ok) return refused(wrong);
    const auto cells = source(space_of(who.actors[1]), call.source_range.start, pages);
    if (!cells) return refused(Status::bad_address);
    if (waiting.contains(space)) return postponed();
    std::size_t more = 1;
    for (std::size_t i = 1; i < cells->size(); ++i)
        more += follows((*cells)[i], (*cells)[i - 1]) ? 0 : 1;
    const Spot spot = find_spot(space, region, pages, more);
    if (spot.status != Status::ok) return refused(spot.status);
    return place(caller, space, who.actors[0], spot.cell, region, *cells);
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::CopyFromActor &call) {
    // As a map up to where it goes; the copy is one region whatever it is made from.
    const Who who = authorize(caller, {call.target, call.source});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId space = has(call.region.options, option::supervisor) ? ActorId{} : space_of(who.actors[0]);
    const RegionRequest &region = call.region;
    if (const Status wrong = check_options(caller, region.options, of_places); wrong != Status::ok)
        return refused(wrong);
    const std::uint64_t pages = pages_of(region.range.size_bytes);
    if (pages == 0 || pages_of(call.source_range.size_bytes) < pages) return refused(Status::bad_size);
    if (misaligned(region) || call.source_range.start % naive_page != 0) return refused(Status::misaligned);
    if (const Status wrong = check_address(space, region, pages); wrong != Status::ok) return refused(wrong);
    auto cells = source(space_of(who.actors[1]), call.source_range.start, pages);
    if (!cells) return refused(Status::bad_address);
    if (waiting.contains(space)) return postponed();
    const Spot spot = find_spot(space, region, pages, 1);
    if (spot.status != Status::ok) return refused(spot.status);
    const int segment = new_segment(static_cast<int>(pages));
    for (std::size_t i = 0; i < pages; ++i) {
        const Memory copy{segment, static_cast<int>(i)};
        contents_[copy] = contents((*cells)[i].memory);
        (*cells)[i].memory = copy;
    }
    return place(caller, space, who.actors[0], spot.cell, region, std::move(*cells));
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::MapPhysical &call) {
    constexpr std::uint32_t not_these = option::anywhere | option::restrictive;
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    if (!privileged(*caller.actor)) return refused(Status::not_privileged);
    const ActorId space = has(call.region.options, option::supervisor) ? ActorId{} : space_of(who.actors[0]);
    const RegionRequest &region = call.region;
    if (const Status wrong = check_options(caller, region.options, of_places & ~not_these); wrong != Status::ok)
        return refused(wrong);
    const std::uint64_t pages = pages_of(region.range.size_bytes);
    if (pages == 0) return refused(Status::bad_size);
    if (misaligned(region) || call.physical % naive_page != 0) return refused(Status::misaligned);
    if (!locate(space, region.range.start, pages)) return refused(Status::bad_address);
    const std::vector<Memory> there = live();
    std::vector<Cell> cells;
    for (std::uint64_t at = call.physical; cells.size() < pages; at += naive_page) {
        std::optional<Memory> found;
        for (const auto &[segment, start] : physical) {
            const Memory memory{segment, static_cast<int>((at - start) / naive_page)};
            if (at >= start && at - start < cells_per_space * naive_page &&
                std::binary_search(there.begin(), there.end(), memory))
                found = memory;
        }
        if (!found) return refused(Status::bad_address);
        cells.push_back({.memory = *found});
    }
    if (waiting.contains(space)) return postponed();
    std::size_t more = 1;
    for (std::size_t i = 1; i < cells.size(); ++i)
        more += follows(cells[i], cells[i - 1]) ? 0 : 1;
    const Spot spot = find_spot(space, region, pages, more);
    if (spot.status != Status::ok) return refused(spot.status);
    return place(caller, space, who.actors[0], spot.cell, region, std::move(cells));
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::DuplicateRegions &call) {
    const Who who = authorize(caller, {call.target, call.source});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId space = space_of(who.actors[0]), from = space_of(who.actors[1]);
    if (has(call.options, ~option::inherit) || call.options == option::inherit) return refused(Status::invalid);
    if (space == ActorId{} || from == ActorId{}) return refused(Status::invalid);
    if (waiting.contains(space)) return postponed();
    Cells wanted;
    bool anything = false, any_memory = false;
    int segment = 0, page = 0;
    for (int cell = 0; cell < cells_per_space; ++cell) {
        const auto &original = spaces.at(from)[cell];
        const std::uint32_t how = call.options != 0 || !original ? call.options : original->options & option::inherit;
        if (!original || how == 0) continue;
        anything = true;
        any_memory = any_memory || original->backed();
        wanted[cell] = original;
        if (how != option::inherit_copy || !original->backed()) continue;
        if (original->begins) segment = new_segment(0), page = 0;
        wanted[cell]->memory = {segment, page++};
        pages_of_segment_[segment] = page;
        contents_[wanted[cell]->memory] = contents(original->memory);
    }
    const bool empty = regions_in(spaces.at(space)) == 0;
    for (int cell = 0; cell < cells_per_space && empty; ++cell)
        if (wanted[cell] && !vacant(space, cell)) return refused(Status::overlap);
    if (!empty) return refused(Status::busy);
    if (!anything) return {};
    return change(caller, space, {.anything = any_memory, .caller_maps = false}, [&](Cells &cells) { cells = wanted; });
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::Fork &) {
    const ActorId space = space_of(*caller.actor);
    if (waiting.contains(space)) return postponed();
    if (people.size() >= max_actors) return refused(Status::no_memory);
    return {.creates = true};  // its cells come with `fork`
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::CreateActor &call) {
    const Who who = authorize(caller, {call.model});
    if (who.status != Status::ok) return refused(who.status);
    const bool known = call.privilege <= 2;
    if (known && call.privilege != 0 && !privileged(*caller.actor)) return refused(Status::not_privileged);
    if (!known || call.status > 1) return refused(Status::invalid);
    if (who.actors[0] == ActorId{}) return refused(Status::not_implemented);
    if (people.size() >= max_actors) return refused(Status::no_memory);
    return {.creates = true};
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::Exclude &call) {
    const ActorId actor = *caller.actor;
    if (call.range.wraps()) return refused(Status::bad_address);
    if (call.range.start % naive_page != 0 || call.range.size_bytes % naive_page != 0)
        return refused(Status::misaligned);
    if (waiting.contains(actor)) return postponed();
    for (int cell = 0; cell < cells_per_space; ++cell)
        if (!spaces.at(actor)[cell] && call.range.contains(address_of(actor, cell))) excluded_[actor].insert(cell);
    return {};
}

// ---- Calls that change regions.

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::FreeRegions &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId target = who.actors[0], space = space_of(target);
    const bool all = call.options == option::free_all;
    if (!all && call.options != 0) return refused(Status::invalid);
    if (all && target == ActorId{}) return refused(Status::invalid);
    const std::uint64_t pages = pages_of(call.range.size_bytes);
    if (!all && pages == 0) return refused(Status::bad_size);
    if (!all && call.range.start % naive_page != 0) return refused(Status::misaligned);
    const std::optional<int> first = all ? 0 : locate(space, call.range.start, pages);
    if (!first) return refused(Status::bad_address);
    if (waiting.contains(space)) return postponed();
    const int end = all ? cells_per_space : *first + static_cast<int>(pages);
    std::set<int> freed;
    for (int cell = *first; cell < end; ++cell) {
        const auto &here = spaces.at(space)[cell];
        if (here && !(all && space == ActorId{} && here->owner != target)) freed.insert(cell);
    }
    Cells after = spaces.at(space);
    for (const int cell : freed)
        after[cell].reset();
    if (!all) split_before(after, end);
    if (regions_in(after) > max_regions) return refused(Status::no_memory);
    if (freed.empty()) return {};
    // Addresses stay locked when their memory has gone with its owner.
    bool wait = false;
    for (int cell = *first; cell < end; ++cell) {
        if (all && space == ActorId{} && !freed.contains(cell)) continue;
        const Held now = held(caller, space, {address_of(space, cell), naive_page});
        if (now == Held::by_caller) return refused(Status::busy);
        wait = wait || now == Held::by_others;
    }
    if (wait) return postponed();
    std::set<Memory> given_up;
    for (const int cell : freed)
        if (spaces.at(space)[cell]->backed()) given_up.insert(spaces.at(space)[cell]->memory);
    // Where a supervisor actor frees all it owns, it follows orders like the others.
    const Expected expected =
        change(caller, space, {.caller_maps = !(all && space == ActorId{})}, [&](Cells &cells) { cells = after; });
    if (expected.waits) waiting.at(space).given_up = given_up;
    return expected;
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::SetAttribute &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    const std::map<call::Attribute, std::uint32_t> bits{{call::Attribute::protection, option::protection},
                                                        {call::Attribute::inheritance, option::inherit},
                                                        {call::Attribute::paging, option::paging}};
    const bool opaque = call.attribute == call::Attribute::opaque;
    const std::uint32_t mask = opaque ? 0 : bits.at(call.attribute), options = call.region.options;
    if (!opaque && (has(options, ~mask) || options == option::inherit)) return refused(Status::invalid);
    const std::uint64_t pages = pages_of(call.region.range.size_bytes);
    if (pages == 0) return refused(Status::bad_size);
    if (call.region.range.start % naive_page != 0) return refused(Status::misaligned);
    const ActorId space = space_of(who.actors[0]);
    const auto first = locate(space, call.region.range.start, pages);
    if (!first) return refused(Status::bad_address);
    if (waiting.contains(space)) return postponed();
    const bool starting = space != ActorId{} && people.at(space).phase == Phase::starting;
    if (starting && call.attribute == call::Attribute::inheritance) return postponed();
    const int end = *first + static_cast<int>(pages);

    Cells after = spaces.at(space);
    split_before(after, *first);
    split_before(after, end);
    if (regions_in(after) > max_regions) return refused(Status::no_memory);
    bool anything = false, different = false;
    std::set<Memory> given_up;
    for (int cell = *first; cell < end; ++cell) {
        if (!after[cell]) continue;
        anything = true;
        const Cell before = *after[cell];
        after[cell]->options = (before.options & ~mask) | (options & mask);
        if (opaque) after[cell]->opaque1 = call.region.opaque1, after[cell]->opaque2 = call.region.opaque2;
        different = different || !alike(before, *after[cell]);
        if (before.backed()) given_up.insert(before.memory);
    }
    if (!anything) return {};
    for (int cell = *first; cell <= end && cell < cells_per_space; ++cell)
        if (touching(space, cell) && after[cell] && after[cell - 1] && follows(*after[cell], *after[cell - 1]) &&
            alike(*after[cell], *after[cell - 1]))
            after[cell]->begins = false;
    if (call.attribute != call::Attribute::protection)
        return change(caller, space, {.anything = false}, [&](Cells &cells) { cells = after; });
    const Held now = held(caller, space, {call.region.range.start, pages * naive_page});
    if (now == Held::by_caller) return refused(Status::busy);
    if (now == Held::by_others) return postponed();
    const Expected expected =
        change(caller, space, {.anything = different, .caller_maps = false}, [&](Cells &cells) { cells = after; });
    if (expected.waits) waiting.at(space).given_up = given_up;
    return expected;
}

// ---- Questions.

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::ListRegions &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId target = who.actors[0], space = space_of(target);
    if (has(call.options, ~option::user_space)) return refused(Status::invalid);
    const std::uint64_t pages = pages_of(call.range.size_bytes);
    if (pages == 0) return refused(Status::bad_size);
    if (call.range.start % naive_page != 0) return refused(Status::misaligned);
    const auto first = locate(space, call.range.start, pages);
    if (!first) return refused(Status::bad_address);
    Expected expected;
    expected.listed.emplace();
    for (int cell = *first; cell < *first + static_cast<int>(pages); ++cell) {
        const auto &here = spaces.at(space)[cell];
        if (!here || (space == ActorId{} && target != ActorId{} && here->owner != target)) continue;
        if (here->begins || cell == *first)
            expected.listed->push_back({.range = {address_of(space, cell), 0},
                                        .segment = static_cast<SegmentId>(here->memory.segment),
                                        .offset = static_cast<std::uint64_t>(here->memory.page) * naive_page,
                                        .options = here->options,
                                        .opaque2 = here->opaque2,
                                        .opaque1 = here->opaque1,
                                        .owner = here->owner});
        expected.listed->back().range.size_bytes += naive_page;
    }
    return expected;
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::FindMapping &call) {
    const ActorId space = space_of(*caller.actor);
    if (call.range.wraps()) return refused(Status::bad_address);
    Expected expected;
    for (int cell = 0; cell < cells_per_space; ++cell) {
        const auto &here = spaces.at(space)[cell];
        const Range page{address_of(space, cell), naive_page};
        if (expected.mapping && (!here || here->begins || page.start != expected.mapping->range.end())) break;
        if (!here || !here->backed() || !page.overlaps(call.range)) continue;
        if (call.options != 0 && !has(here->options, call.options)) continue;
        const Range part = page.intersection(call.range);
        if (part.size_bytes == 0) continue;
        if (!expected.mapping)
            expected.mapping =
                Region{.range = {part.start, 0},
                       .segment = static_cast<SegmentId>(here->memory.segment),
                       .offset = static_cast<std::uint64_t>(here->memory.page) * naive_page + (part.start - page.start),
                       .options = here->options,
                       .opaque2 = here->opaque2,
                       .opaque1 = here->opaque1,
                       .owner = here->owner};
        expected.mapping->range.size_bytes += part.size_bytes;
    }
    if (!expected.mapping) return refused(Status::bad_address);
    return expected;
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::FindPhysical &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    const ActorId space = space_of(who.actors[0]);
    const auto cell = cell_at(space, call.address);
    if (!cell || !spaces.at(space)[*cell] || !spaces.at(space)[*cell]->backed()) return refused(Status::bad_address);
    return {.physical = spaces.at(space)[*cell]->memory};
}

// ---- Memory.

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::CopyMemory &call) {
    const Who who = authorize(caller, {call.source, call.target});
    if (who.status != Status::ok) return refused(who.status);
    if (call.options != 0) return refused(Status::invalid);
    if (call.size_bytes == 0) return refused(Status::bad_size);
    const auto from = units(space_of(who.actors[0]), call.source_address, call.size_bytes);
    const auto to = units(space_of(who.actors[1]), call.target_address, call.size_bytes);
    if (!from || !to) return refused(Status::bad_address);
    for (const auto &[cell, unit] : *to)
        if (!has(cell.options, option::writable)) return refused(Status::bad_address);
    std::vector<std::uint32_t> read;
    for (const auto &[cell, unit] : *from)
        read.push_back(contents(cell.memory)[unit]);
    for (std::size_t i = 0; i < read.size(); ++i)
        contents_[(*to)[i].first.memory][(*to)[i].second] = read[i];
    return {};
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::LockMemory &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    if (const Status wrong = check_pages(call.range, call.options, option::writable); wrong != Status::ok)
        return refused(wrong);
    const ActorId space = space_of(who.actors[0]);
    const auto cells = source(space, call.range.start, pages_of(call.range.size_bytes));
    if (!cells) return refused(Status::bad_address);
    for (const Cell &cell : *cells)
        if (call.options != 0 && !has(cell.options, option::writable)) return refused(Status::bad_address);
    locks.push_back({*caller.actor, space, call.range});
    return {};
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::UnlockMemory &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    if (const Status wrong = check_pages(call.range, call.options, option::writable); wrong != Status::ok)
        return refused(wrong);
    const ActorId space = space_of(who.actors[0]);
    if (!locate(space, call.range.start, pages_of(call.range.size_bytes))) return refused(Status::bad_address);
    const auto lock = std::find(locks.begin(), locks.end(), Lock{*caller.actor, space, call.range});
    if (lock == locks.end()) return refused(Status::invalid);
    locks.erase(lock);
    return {};
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::DiscardMemory &call) {
    const Who who = authorize(caller, {call.target});
    if (who.status != Status::ok) return refused(who.status);
    if (const Status wrong = check_pages(call.range, call.options, 0); wrong != Status::ok) return refused(wrong);
    const ActorId space = space_of(who.actors[0]);
    const auto cells = source(space, call.range.start, pages_of(call.range.size_bytes));
    if (!cells) return refused(Status::bad_address);
    for (const Cell &cell : *cells)
        if (!has(cell.options, option::writable)) return refused(Status::bad_address);
    if (held(caller, space, call.range) != Held::no) return refused(Status::busy);
    for (const Cell &cell : *cells)
        contents_.erase(cell.memory);
    return {};
}

NaiveModel::Expected NaiveModel::run(const Caller &caller, const call::SetMarks &call) {
    if (!privileged(*caller.actor)) return refused(Status::not_privileged);
    if (call.marks.red > call.marks.orange || call.marks.orange > call.marks.green) return refused(Status::invalid);
    marks = call.marks;
    return {};
}

}  // namespace chorus::kernel
