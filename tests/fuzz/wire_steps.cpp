#include "wire_steps.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace chorus::fuzz {

namespace {

constexpr std::uint64_t page = 4096;

// The upper bits of a byte that chooses what kind of thing is meant by its lower four: which one of those.
unsigned index_of(std::uint8_t byte) {
    return byte >> 4;
}

kernel::ActorId nth_actor(const kernel::State &state, unsigned index) {
    if (state.actors.empty()) return {};
    return std::next(state.actors.begin(), static_cast<std::ptrdiff_t>(index % state.actors.size()))->first;
}

std::uint64_t nth_change(const kernel::State &state, unsigned index) {
    if (state.changes.empty()) return index;
    return std::next(state.changes.begin(), static_cast<std::ptrdiff_t>(index % state.changes.size()))->first;
}

wire::Actor actor_from(const kernel::State &state, std::uint8_t byte) {
    const kernel::Actor *living = state.find_actor(nth_actor(state, index_of(byte)));
    const kernel::Capability capability = living != nullptr ? living->capability : kernel::Capability{};
    const auto kind = [](wire::ActorKind of) { return static_cast<std::uint32_t>(of); };
    switch (byte % 16) {
        case 0:
            return {kind(wire::ActorKind::none), 0, 0, 0};
        case 1:
            return {kind(wire::ActorKind::supervisor_space), 0, 0, 0};
        case 2:
            return {kind(wire::ActorKind::capability), 0, capability.unique_id, capability.key + 1};
        case 3:
            return {kind(wire::ActorKind::capability), 0, state.unique_id(kernel::ActorId{index_of(byte)}), 0};
        case 4:
            return {kind(wire::ActorKind::capability), 0, index_of(byte), 0};
        case 5:
        case 6:
        case 7:
            return {kind(wire::ActorKind::self), 0, 0, 0};
        default:
            return {kind(wire::ActorKind::capability), 0, capability.unique_id, capability.key};
    }
}

// The space in which the numbers of a call are looked for.
const kernel::Space &space_of(const kernel::State &state, const wire::Actor &actor, const kernel::Caller &caller) {
    const bool capability = actor.kind == static_cast<std::uint32_t>(wire::ActorKind::capability);
    const bool self = actor.kind == static_cast<std::uint32_t>(wire::ActorKind::self);
    const auto id = capability ? static_cast<kernel::ActorId>(static_cast<std::uint32_t>(actor.unique_id))
                               : caller.actor.value_or(kernel::ActorId{});
    const kernel::Actor *found = capability || self ? state.find_actor(id) : nullptr;
    if (found == nullptr || found->privilege == kernel::Privilege::supervisor) return state.supervisor_space;
    return found->space;
}

kernel::Range nth_region(const kernel::Space &space, unsigned index) {
    const auto &regions = space.regions.regions();
    if (regions.empty()) return space.regions.windows().empty() ? kernel::Range{} : space.regions.windows().front();
    return std::next(regions.begin(), static_cast<std::ptrdiff_t>(index % regions.size()))->second.range;
}

std::uint64_t number_from(const Site &site, const kernel::Space &space, const Number &number) {
    const kernel::State &state = site.state();
    const kernel::Range region = nth_region(space, index_of(number.base));
    const auto pages = [&](int up_to) {
        return static_cast<std::uint64_t>(std::int64_t{number.pages % (up_to + 1)}) * page;
    };
    switch (number.base % 16) {
        case 0:
            return state.config.low_window.start + pages(64);
        case 1:
            return state.config.low_window.end() + pages(64);
        case 2:
            return state.config.high_window.start + pages(64);
        case 3:
            return state.config.supervisor_window.start + pages(64);
        case 4:
        case 5:
            return region.start + pages(3);
        case 6:
            return region.end() + pages(3);
        case 7:
            return region.start + static_cast<std::uint64_t>(number.pages);  // not page aligned
        case 8:
            return nth_region(state.supervisor_space, index_of(number.base)).start + pages(3);
        case 9:
            return site.last_mapping() + pages(3);
        case 10:
            return nth_change(state, index_of(number.base));
        case 11:
            return pages(64);  // in the physical space
        case 12:
            return static_cast<std::uint8_t>(number.pages);
        case 13:
            return ~std::uint64_t{0} - static_cast<std::uint8_t>(number.pages);
        case 14:
            return std::uint64_t{1} << (number.pages & 63);
        default:
            return 0;
    }
}

std::uint64_t size_from(std::uint8_t byte) {
    const std::uint64_t pages = byte % 32;
    switch (byte / 32) {
        case 5:
            return pages * page + 1;
        case 6:
            return 64 * page - pages * page;
        case 7:
            return 0 - pages * page;
        default:
            return pages % 8 * page;
    }
}

// A small number, or a large one.
std::uint32_t word_from(std::uint8_t byte) {
    return byte < 0xf0 ? byte % 16 : 0U - (byte % 16);
}

std::uint32_t options_from(const std::uint8_t (&bytes)[2]) {
    using namespace kernel::option;
    constexpr std::uint32_t usual[16] = {
        0,          writable, executable,    protection,   anywhere,  anywhere | writable, restrictive,
        supervisor, reserved, inherit_share, inherit_copy, no_demand, no_wait_for_memory,  free_all,
        user_space, 0};
    if (bytes[1] < 0x40) return 0;
    if (bytes[1] >= 0xf0) return bytes[0] | std::uint32_t{bytes[1]} << 8;
    const std::uint32_t second = bytes[1] >= 0x80 ? usual[bytes[0] / 16] : 0;
    const std::uint32_t third = bytes[1] >= 0xc0 ? usual[bytes[1] % 16] : 0;
    return usual[bytes[0] % 16] | second | third;
}

wire::Request request_from(const Site &site, const Step &step, const kernel::Caller &caller) {
    const kernel::State &state = site.state();
    wire::Request request{};
    request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(step.call % 49)};
    request.target = actor_from(state, step.target);
    request.source = actor_from(state, step.source);
    const kernel::Space &target = space_of(state, request.target, caller);
    const kernel::Space &source = space_of(state, request.source, caller);
    request.region.start = number_from(site, target, step.start);
    request.region.size_bytes = size_from(step.size);
    request.region.end = number_from(site, target, step.end);
    request.region.options = options_from(step.options);
    request.region.opaque1 = step.value;
    request.source_start = number_from(site, source, step.source_start);
    request.source_size_bytes = size_from(step.source_size);
    request.actor = word_from(step.actor);
    request.value = word_from(step.value);
    request.flags = step.flags & wire::flag::all;
    if ((step.flags & 0x10) != 0) std::memset(request.name, 'x', sizeof request.name - 1);
    if ((step.flags & 0x20) != 0) {
        auto *bytes = reinterpret_cast<std::uint8_t *>(&request);
        bytes[step.patch_at % sizeof request] = step.patch;
    }
    return request;
}

}  // namespace

void make(Site &site, const Step &step) {
    const kernel::State &state = site.state();
    const unsigned index = index_of(step.sender);
    const std::uint32_t uid = index % 2 == 0 ? 0 : 1000;
    Sender sender{Sender::Kind::actor, {nth_actor(state, index), 1000}};
    switch (step.sender % 16) {
        case 9:
        case 10:
            sender.kind = Sender::Kind::service;
            break;
        case 11:
            sender = {Sender::Kind::stranger, {{}, uid}};
            break;
        case 12:
            sender = {Sender::Kind::console, {{}, uid}};
            break;
        case 13:
            return site.tell(kernel::call::ActorDied{nth_actor(state, index)});
        case 14:
            return site.tell(kernel::call::ChangeIsLate{nth_change(state, index)});
        case 15:
            return site.follow();
        case 8:  // deleted, or not made yet; and its connection is still there
            sender.caller.actor = kernel::ActorId{index + 1};
            break;
        default:
            break;
    }
    const Memory memory = (step.flags & 0x08) != 0 ? Memory::there_is_none : Memory::there_is;
    site.receive(sender, request_from(site, step, sender.caller), memory);
}

}  // namespace chorus::fuzz
