#include "kernel/lockstep/random_calls.hpp"

#include <sstream>

namespace chorus::kernel {

namespace {

constexpr std::uint32_t bad_flag = 0x8000'0000;

struct Describe {
    std::ostringstream out{};

    void add(const ActorRef &actor) {
        if (actor.kind == ActorRef::Kind::self) out << " self";
        if (actor.kind == ActorRef::Kind::supervisor_space) out << " svactor";
        if (actor.kind == ActorRef::Kind::capability)
            out << " actor " << std::dec << static_cast<std::uint32_t>(actor.capability.unique_id);
    }
    void add(const Range &range) { out << std::hex << " [" << range.start << " +" << range.size_bytes << ")"; }
    void add(std::uint64_t number) { out << std::hex << " " << number; }
    void add(const RegionRequest &region) {
        add(region.range);
        out << std::hex << " options " << region.options;
        if ((region.options & option::restrictive) != 0) out << " below " << region.end;
        if (region.opaque1 != 0) out << " opaque " << region.opaque1;
        if (region.width == AddressWidth::bits_64) out << " wide";
    }
    template <class... Parts>
    std::string line(const char *name, const Parts &...parts) {
        out << name;
        (add(parts), ...);
        return out.str();
    }

    std::string operator()(const call::AllocateRegion &c) { return line("allocate", c.target, c.region); }
    std::string operator()(const call::FreeRegions &c) { return line("free", c.target, c.range, c.options); }
    std::string operator()(const call::MapFromActor &c) {
        return line("map", c.target, c.region, c.source, c.source_range);
    }
    std::string operator()(const call::CopyFromActor &c) {
        return line("copy", c.target, c.region, c.source, c.source_range);
    }
    std::string operator()(const call::DuplicateRegions &c) { return line("duplicate", c.target, c.source, c.options); }
    std::string operator()(const call::SetAttribute &c) {
        return line("set", static_cast<std::uint64_t>(c.attribute), c.target, c.region);
    }
    std::string operator()(const call::ListRegions &c) { return line("list", c.target, c.range, c.options); }
    std::string operator()(const call::FindMapping &c) { return line("find", c.range, c.options); }
    std::string operator()(const call::Fork &) { return "fork"; }
    std::string operator()(const call::CopyMemory &c) {
        return line("copy memory", c.source, c.source_address, c.target, c.target_address, c.size_bytes, c.options);
    }
    std::string operator()(const call::LockMemory &c) { return line("lock", c.target, c.range, c.options); }
    std::string operator()(const call::UnlockMemory &c) { return line("unlock", c.target, c.range, c.options); }
    std::string operator()(const call::DiscardMemory &c) { return line("discard", c.target, c.range, c.options); }
    std::string operator()(const call::FindPhysical &c) { return line("find physical", c.target, c.address); }
    std::string operator()(const call::MapPhysical &c) { return line("map physical", c.target, c.region, c.physical); }
    std::string operator()(const call::SetMarks &) { return "set marks"; }
    std::string operator()(const call::Exclude &c) { return line("exclude", c.range); }
    std::string operator()(const call::CreateActor &c) { return line("create actor", c.model, c.privilege); }
    template <class Other>
    std::string operator()(const Other &) {
        return "?";
    }
};

}  // namespace

std::string describe(const Call &call) {
    return std::visit(Describe{}, call);
}

ActorRef RandomCalls::reference(ActorId caller) {
    const auto kind = below(20);
    if (kind < 7) return {ActorRef::Kind::self, {}};
    if (kind == 7 && (model_.privileged(caller) || one_in(4))) return {ActorRef::Kind::supervisor_space, {}};
    if (kind == 8 && !dead_.empty() && one_in(4)) return {ActorRef::Kind::capability, dead_[below(dead_.size())]};
    auto person = model_.people.begin();
    std::advance(person, below(model_.people.size()));
    ActorRef named{ActorRef::Kind::capability, person->second.capability};
    if (kind == 9 && one_in(6)) named.capability.key ^= 1;
    return named;
}

ActorId RandomCalls::space_named(ActorId caller, const ActorRef &reference) const {
    if (reference.kind == ActorRef::Kind::self) return model_.space_of(caller);
    if (reference.kind == ActorRef::Kind::supervisor_space) return ActorId{};
    for (const auto &[id, person] : model_.people)
        if (person.capability.unique_id == reference.capability.unique_id) return model_.space_of(id);
    return ActorId{};
}

std::uint64_t RandomCalls::address(ActorId space, bool aligned) {
    std::uint64_t address = NaiveModel::address_of(space, static_cast<int>(below(NaiveModel::window_pages)));
    if (space != ActorId{} && one_in(high_one_in_))
        address = NaiveModel::address_of(space, NaiveModel::window_pages + static_cast<int>(below(3)));
    if (one_in(50)) address = NaiveModel::address_of(ActorId{space == ActorId{} ? 1U : 0U}, 0);
    if (one_in(60)) address = NaiveModel::address_of(space, 0) - naive_page;
    if (one_in(100)) address = NaiveModel::address_of(space, NaiveModel::window_pages - 1) + naive_page;
    if (!aligned) address += below(units_per_page) * naive_unit;
    if (aligned && one_in(60)) address += 8;
    return address;
}

Range RandomCalls::range(ActorId space) {
    Range range{address(space), (1 + below(one_in(4) ? 12 : 4)) * naive_page};
    // As a region lies, or runs of them.
    const auto &cells = model_.spaces.at(space);
    const auto cell = NaiveModel::cell_at(space, range.start);
    if (cell && !one_in(3)) {
        int start = *cell;
        while (start < NaiveModel::window_pages && !cells[start])
            ++start;
        if (start < NaiveModel::window_pages) {
            int end = start + 1;
            while (end < NaiveModel::window_pages && cells[end] && !one_in(4))
                ++end;
            range = {NaiveModel::address_of(space, start), static_cast<std::uint64_t>(end - start) * naive_page};
        }
    }
    if (one_in(5)) range.size_bytes -= below(naive_page);
    if (one_in(50)) range.size_bytes = 0;
    if (one_in(100)) range.size_bytes = one_in(2) ? ~std::uint64_t{0} : ~std::uint64_t{0} - range.start + 2;
    return range;
}

RegionRequest RandomCalls::request(ActorId space) {
    RegionRequest request{.range = {address(space), (1 + below(6)) * naive_page}};
    if (one_in(6)) request.range.size_bytes -= below(naive_page);
    if (one_in(60)) request.range.size_bytes = 0;
    if (one_in(80)) request.range.size_bytes = ~std::uint64_t{0} - below(2 * naive_page);
    const auto sometimes = [&](std::uint32_t bits, std::uint64_t many) {
        if (one_in(many)) request.options |= bits;
    };
    sometimes(option::writable, 2);
    sometimes(option::executable, 5);
    sometimes(option::fill_zero, 5);
    sometimes(option::anywhere, 3);
    sometimes(option::restrictive, 6);
    sometimes(one_in(2) ? option::inherit_share : option::inherit_copy, 3);
    sometimes(option::inherit, 60);
    sometimes(option::no_demand, 6);
    sometimes(option::no_wait_for_memory, 6);
    sometimes(option::supervisor, space == ActorId{} ? 4 : 40);
    sometimes(option::no_swap_out, 60);
    sometimes(option::free_all, 100);
    sometimes(bad_flag, 100);
    request.end = one_in(20) ? address(space) : request.range.start + below(14) * naive_page + below(2) * 8;
    if (one_in(4)) request.opaque1 = below(3);
    if (one_in(6)) request.opaque2 = static_cast<std::uint32_t>(below(2));
    if (one_in(3)) request.width = AddressWidth::bits_64;
    return request;
}

std::uint64_t RandomCalls::physical() {
    if (model_.physical.empty() || one_in(10)) return below(1000) * naive_page;
    auto chosen = model_.physical.begin();
    std::advance(chosen, below(model_.physical.size()));
    if (!one_in(4)) chosen = std::prev(model_.physical.end());
    return chosen->second + below(4) * naive_page + (one_in(30) ? 1 : 0);
}

Call RandomCalls::any_call(ActorId caller) {
    const ActorRef target = reference(caller);
    const ActorId space = space_named(caller, target);
    const auto kind = below(100);
    if (kind < 17) {
        RegionRequest region = request(space);
        if (one_in(reserved_one_in_)) region.options |= option::reserved;
        return call::AllocateRegion{target, region};
    }
    if (kind < 32) {
        const std::uint32_t options = one_in(20) ? option::free_all : one_in(100) ? option::writable : 0;
        return call::FreeRegions{target, range(space), options};
    }
    if (kind < 52) {
        const ActorRef source = reference(caller);
        const Range from = range(space_named(caller, source));
        RegionRequest region = request(space);
        if (!one_in(4) && region.range.size_bytes > from.size_bytes) region.range.size_bytes = from.size_bytes;
        if (one_in(100)) region.options |= option::reserved;
        if (kind < 45) return call::MapFromActor{target, region, source, from};
        return call::CopyFromActor{target, region, source, from};
    }
    if (kind < 55) {
        const std::uint32_t options[] = {0, option::inherit_share, option::inherit_copy};
        ActorRef empty = target;
        for (const auto &[id, person] : model_.people)
            if (model_.spaces.at(id) == NaiveModel::Cells{} && one_in(2))
                empty = {ActorRef::Kind::capability, person.capability};
        return call::DuplicateRegions{empty, reference(caller),
                                      one_in(20) ? static_cast<std::uint32_t>(below(0x400)) : options[below(3)]};
    }
    if (kind < 73) {
        const auto attribute = static_cast<call::Attribute>(below(8) < 4 ? 0 : below(4));
        RegionRequest region = request(space);
        region.range = range(space);
        const std::uint32_t masks[] = {option::protection, option::inherit, option::paging, 0xffff};
        if (!one_in(20)) region.options &= masks[static_cast<int>(attribute)];
        if (one_in(2)) region.options &= option::writable;
        return call::SetAttribute{attribute, target, region};
    }
    if (kind < 76)
        return call::ListRegions{target, range(space), one_in(10) ? static_cast<std::uint32_t>(below(0x8000)) : 0};
    if (kind < 78) return call::FindMapping{range(space), one_in(3) ? option::inherit_copy : 0};
    if (kind < 79) return call::Fork{};
    const std::uint32_t flags = one_in(30) ? option::executable : 0;
    if (kind < 83) {
        const ActorRef source = reference(caller);
        return call::CopyMemory{
            source, address(space_named(caller, source), false), target, address(space, false), below(20) * naive_unit,
            flags};
    }
    Range pages = range(space);
    if (!one_in(10)) pages.size_bytes = (pages.size_bytes + naive_page - 1) / naive_page * naive_page;
    if (kind < 86) return call::LockMemory{target, pages, one_in(2) ? option::writable : flags};
    if (kind < 89) {
        if (model_.locks.empty() || one_in(6)) return call::UnlockMemory{target, pages, flags};
        const NaiveModel::Lock &lock = model_.locks[below(model_.locks.size())];
        const bool of_supervisor = lock.space == ActorId{};
        return call::UnlockMemory{of_supervisor
                                      ? ActorRef{ActorRef::Kind::supervisor_space, {}}
                                      : ActorRef{ActorRef::Kind::capability, model_.people.at(lock.space).capability},
                                  lock.range, flags};
    }
    if (kind < 92) return call::DiscardMemory{target, pages, flags};
    if (kind < 95) return call::FindPhysical{target, address(space, false) + below(8)};
    if (kind < 98) {
        RegionRequest region = request(space);
        if (!one_in(10)) region.options &= ~(option::anywhere | option::restrictive);
        return call::MapPhysical{target, region, physical()};
    }
    if (kind < 99) return call::SetMarks{{below(3), below(4), below(5)}};
    if (one_in(3)) return call::Exclude{{address(space), (1 + below(2)) * naive_page + (one_in(8) ? 1 : 0)}};
    return call::CreateActor{target, static_cast<std::uint32_t>(below(one_in(4) ? 4 : 1)),
                             static_cast<std::uint32_t>(one_in(8) ? 2 : 1)};
}

}  // namespace chorus::kernel
