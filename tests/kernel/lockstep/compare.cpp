// The kernel and the model are the same.
#include "kernel/lockstep/lockstep.hpp"

namespace chorus::kernel {

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
