#include "kernel/lockstep/naive_model.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>

namespace chorus::kernel {

namespace {

constexpr std::uint64_t low = 0x4400'0000, high = std::uint64_t{1} << 45, supervisor = 0x6c00'0000;

struct Window {
    std::uint64_t start;
    int pages;
    int first;  // cell
    constexpr std::uint64_t end() const { return start + static_cast<std::uint64_t>(pages) * naive_page; }
};

std::span<const Window> windows_of(ActorId space) {
    static constexpr Window of_supervisor[] = {{supervisor, NaiveModel::window_pages, 0}};
    static constexpr Window of_user[] = {{low, NaiveModel::window_pages, 0},
                                         {high, NaiveModel::high_pages, NaiveModel::window_pages}};
    if (space == ActorId{}) return of_supervisor;
    return of_user;
}

}  // namespace

Config NaiveModel::config() {
    Config config;
    config.low_window = {low, window_pages * naive_page};
    config.high_window = {high, high_pages * naive_page};
    config.supervisor_window = {supervisor, window_pages * naive_page};
    config.max_regions_per_actor = max_regions;
    config.max_actors = max_actors;
    return config;
}

NaiveModel::Expected NaiveModel::operator()(const Caller &caller, const Call &call) {
    return std::visit([&](const auto &one) { return run(caller, one); }, call);
}

// ---- The world.

void NaiveModel::add(ActorId actor, const Capability &capability, Privilege privilege, Phase phase) {
    people[actor] = {capability, privilege, phase};
    spaces[ActorId{}];
    spaces[actor];
}

void NaiveModel::end(ActorId actor) {
    people.erase(actor);
    spaces.erase(actor);
    waiting.erase(actor);
    excluded_.erase(actor);
    for (auto &cell : spaces[ActorId{}])
        if (cell && cell->owner == actor) cell.reset();
    if (const auto it = waiting.find(ActorId{}); it != waiting.end()) it->second.left.erase(actor);
    std::erase_if(locks, [&](const Lock &lock) { return lock.owner == actor || lock.space == actor; });
    drop_locks_of_nothing(ActorId{});
}

void NaiveModel::drop_locks_of_nothing(ActorId space) {
    std::erase_if(locks, [&](const Lock &lock) {
        return lock.space == space && !source(space, lock.range.start, pages_of(lock.range.size_bytes));
    });
}

void NaiveModel::undo(ActorId space) {
    Cells &cells = spaces.at(space);
    cells = waiting.at(space).before;
    for (auto &cell : cells)
        if (cell && cell->owner != ActorId{} && !people.contains(cell->owner)) cell.reset();
    waiting.erase(space);
    drop_locks_of_nothing(space);
}

void NaiveModel::fork(ActorId parent, ActorId child) {
    if (space_of(parent) == ActorId{}) return;
    excluded_[child] = excluded_[parent];
    spaces[child] = spaces.at(parent);
    int segment = 0, page = 0;
    for (auto &cell : spaces[child]) {
        if (!cell || !cell->backed() || !has(cell->options, option::inherit_copy)) continue;
        if (cell->begins) segment = new_segment(0), page = 0;
        const Memory copy{segment, page++};
        pages_of_segment_[segment] = page;
        contents_[copy] = contents(cell->memory);
        cell->memory = copy;
    }
}

ActorId NaiveModel::space_of(ActorId actor) const {
    if (actor == ActorId{} || people.at(actor).privilege == Privilege::supervisor) return ActorId{};
    return actor;
}

std::vector<ActorId> NaiveModel::members_of(ActorId space) const {
    std::vector<ActorId> members;
    for (const auto &[id, person] : people) {
        const bool maps = space == ActorId{} ? person.phase == Phase::running : person.phase != Phase::created;
        if (space_of(id) == space && maps) members.push_back(id);
    }
    return members;
}

std::vector<Memory> NaiveModel::live() const {
    std::vector<Memory> live;
    for (const auto &[id, cells] : spaces)
        for (const auto &cell : cells)
            if (cell && cell->backed()) live.push_back(cell->memory);
    for (const auto &[space, change] : waiting)
        live.insert(live.end(), change.given_up.begin(), change.given_up.end());
    std::sort(live.begin(), live.end());
    live.erase(std::unique(live.begin(), live.end()), live.end());
    return live;
}

NaiveModel::Contents NaiveModel::contents(const Memory &memory) const {
    const auto it = contents_.find(memory);
    return it == contents_.end() ? Contents{} : it->second;
}

std::uint64_t NaiveModel::address_of(ActorId space, int cell) {
    if (cell >= window_pages) return high + static_cast<std::uint64_t>(cell - window_pages) * naive_page;
    return (space == ActorId{} ? supervisor : low) + static_cast<std::uint64_t>(cell) * naive_page;
}

std::optional<int> NaiveModel::cell_at(ActorId space, std::uint64_t address) {
    for (const Window &window : windows_of(space))
        if (address >= window.start && address < window.end())
            return window.first + static_cast<int>((address - window.start) / naive_page);
    return std::nullopt;
}

// ---- What calls share.

NaiveModel::Who NaiveModel::authorize(const Caller &caller, const std::vector<ActorRef> &references) const {
    Who who;
    bool wrong_key = false, of_supervisor = false;
    for (std::size_t i = 0; i < references.size(); ++i) {
        const ActorRef &reference = references[i];
        if (reference.kind == ActorRef::Kind::supervisor_space) {
            of_supervisor = true;
            continue;
        }
        const auto named = std::find_if(people.begin(), people.end(), [&](const auto &entry) {
            if (reference.kind == ActorRef::Kind::self) return caller.actor == entry.first;
            return reference.capability.unique_id == entry.second.capability.unique_id;
        });
        if (named == people.end()) return {Status::unknown_actor, {}};
        if (reference.kind == ActorRef::Kind::capability && !(reference.capability == named->second.capability))
            wrong_key = true;
        who.actors[i] = named->first;
    }
    if (wrong_key) return {Status::invalid, {}};
    if (of_supervisor && !privileged(*caller.actor)) return {Status::not_privileged, {}};
    return who;
}

Status NaiveModel::check_options(const Caller &caller, std::uint32_t options, std::uint32_t allowed) const {
    if (has(options, option::supervisor) && !privileged(*caller.actor)) return Status::not_privileged;
    if (has(options, ~allowed)) return Status::invalid;
    if (has(options, option::inherit_share) && has(options, option::inherit_copy)) return Status::invalid;
    if (has(options, option::reserved) && has(options, option::no_demand)) return Status::invalid;
    return has(options, option::no_swap_out) ? Status::not_implemented : Status::ok;
}

Status NaiveModel::check_address(ActorId space, const RegionRequest &region, std::uint64_t pages) {
    if (has(region.options, option::restrictive)) {
        for (const Window &window : windows_of(space))
            if (region.range.start >= window.start && region.end > region.range.start && region.end <= window.end())
                return Status::ok;
        return Status::bad_address;
    }
    if (has(region.options, option::anywhere) || locate(space, region.range.start, pages)) return Status::ok;
    return Status::bad_address;
}

Status NaiveModel::check_pages(const Range &range, std::uint32_t options, std::uint32_t allowed) const {
    if (has(options, ~allowed)) return Status::invalid;
    if (range.size_bytes == 0 || range.size_bytes % naive_page != 0) return Status::bad_size;
    return range.start % naive_page != 0 ? Status::misaligned : Status::ok;
}

std::optional<int> NaiveModel::locate(ActorId space, std::uint64_t start, std::uint64_t pages) {
    for (const Window &window : windows_of(space))
        if (start >= window.start && start < window.end() && pages <= (window.end() - start) / naive_page)
            return window.first + static_cast<int>((start - window.start) / naive_page);
    return std::nullopt;
}

std::optional<std::vector<Cell>> NaiveModel::source(ActorId space, std::uint64_t start, std::uint64_t pages) const {
    const auto first = locate(space, start, pages);
    if (!first) return std::nullopt;
    std::vector<Cell> found;
    for (int cell = *first; cell < *first + static_cast<int>(pages); ++cell) {
        const auto &here = spaces.at(space)[cell];
        if (!here || !here->backed()) return std::nullopt;
        found.push_back(*here);
    }
    return found;
}

// The quarters of pages in a range, which may begin inside a page.
std::optional<std::vector<std::pair<Cell, int>>> NaiveModel::units(ActorId space, std::uint64_t start,
                                                                   std::uint64_t size_bytes) const {
    std::vector<std::pair<Cell, int>> found;
    const auto first = cell_at(space, start), last = cell_at(space, start + size_bytes - 1);
    if (start + size_bytes - 1 < start || !first || !last) return std::nullopt;
    if (address_of(space, *last) - address_of(space, *first) >= window_pages * naive_page) return std::nullopt;
    for (std::uint64_t at = start; at < start + size_bytes; at += naive_unit) {
        const auto &here = spaces.at(space)[*cell_at(space, at)];
        if (!here || !here->backed()) return std::nullopt;
        found.emplace_back(*here, static_cast<int>(at % naive_page / naive_unit));
    }
    return found;
}

bool NaiveModel::vacant(ActorId space, int cell) const {
    const auto excluded = excluded_.find(space);
    return !spaces.at(space)[cell] && (excluded == excluded_.end() || !excluded->second.contains(cell));
}

// Where the system chooses: at the upper end of a hole; of the lowest within bounds, otherwise of the smallest.
NaiveModel::Spot NaiveModel::find_spot(ActorId space, const RegionRequest &region, std::uint64_t pages,
                                       std::size_t more) const {
    const bool within = has(region.options, option::restrictive);
    int best = -1;
    if (!within && !has(region.options, option::anywhere)) {
        best = *locate(space, region.range.start, pages);
        for (int cell = best; cell < best + static_cast<int>(pages); ++cell)
            if (!vacant(space, cell)) return {Status::overlap};
    }
    int best_size = cells_per_space + 1;
    for (const Window &window : windows_of(space)) {
        if (best >= 0 || (window.start == high && !within && region.width == AddressWidth::bits_32)) continue;
        const auto usable = [&](int cell) {
            const std::uint64_t start = address_of(space, cell);
            if (within && (start < region.range.start || start + naive_page > region.end)) return false;
            return vacant(space, cell);
        };
        for (int start = window.first, end; start < window.first + window.pages; start = end + 1) {
            for (end = start; end < window.first + window.pages && usable(end);)
                ++end;
            if (static_cast<std::uint64_t>(end - start) < pages || end - start >= best_size) continue;
            if (within && best >= 0) continue;
            best = end - static_cast<int>(pages);
            best_size = end - start;
        }
    }
    if (best < 0) return {Status::no_space};
    if (regions_in(spaces.at(space)) + more > max_regions) return {Status::no_memory};
    return {Status::ok, best};
}

std::size_t NaiveModel::regions_in(const Cells &cells) {
    return static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(), [](const auto &cell) { return cell && cell->begins; }));
}

NaiveModel::Held NaiveModel::held(const Caller &caller, ActorId space, const Range &range) const {
    Held held = Held::no;
    for (const Lock &lock : locks) {
        if (lock.space != space || !lock.range.overlaps(range)) continue;
        if (lock.owner == caller.actor) return Held::by_caller;
        held = Held::by_others;
    }
    return held;
}

int NaiveModel::new_segment(int pages) {
    pages_of_segment_[++last_segment_] = pages;
    return last_segment_;
}

NaiveModel::Expected NaiveModel::change(const Caller &caller, ActorId space, const Following &following,
                                        const std::function<void(Cells &)> &edit) {
    Expected expected;
    Waiting change{.before = spaces.at(space)};
    edit(spaces.at(space));
    if (!following.anything) return expected;
    expected.caller_maps = following.caller_maps && space_of(*caller.actor) == space;
    for (const ActorId member : members_of(space))
        if (!expected.caller_maps || member != caller.actor) expected.asked.push_back(member);
    if (expected.asked.empty()) return expected;
    expected.waits = space;
    waiting[space] = std::move(change);
    return expected;
}

NaiveModel::Expected NaiveModel::place(const Caller &caller, ActorId space, ActorId owner, int cell,
                                       const RegionRequest &region, std::vector<Cell> cells) {
    const bool backed = cells.front().backed();
    Expected expected = change(caller, space, {.anything = backed}, [&](Cells &all) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            Cell &made = cells[i];
            made.options = region.options & option::kept;
            made.opaque1 = region.opaque1;
            made.opaque2 = region.opaque2;
            made.owner = space == ActorId{} ? owner : ActorId{};
            made.begins = i == 0 || !follows(made, cells[i - 1]);
            all[cell + static_cast<int>(i)] = made;
        }
    });
    if (expected.waits && space == ActorId{} && owner != ActorId{}) waiting.at(space).placed_for = owner;
    expected.start = address_of(space, cell);
    return expected;
}

}  // namespace chorus::kernel
