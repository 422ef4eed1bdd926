// Inside `decide`: one function for each call, and what they share. The functions are in decide_actors.cpp,
// decide_regions.cpp and decide_memory.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernel/authority.hpp"
#include "kernel/decide.hpp"

namespace chorus::kernel {

struct Decider {
    const State &state;
    const Caller &caller;

    // Of actors.
    Decision operator()(const call::Join &join) const;
    Decision operator()(const call::Begin &) const;
    Decision operator()(const call::Exclude &exclude) const;
    Decision operator()(const call::Spawn &spawn) const;
    Decision operator()(const call::Fork &) const;
    Decision operator()(const call::CreateActor &create) const;
    Decision operator()(const call::CreateByFlags &create) const;
    Decision operator()(const call::ActorPrivilege &call) const;
    Decision operator()(const call::ActorName &call) const;
    Decision operator()(const call::ActorProtection &call) const;
    Decision operator()(const call::ActorCredentials &call) const;
    Decision operator()(const call::StopActor &call) const;
    Decision operator()(const call::ListActors &call) const;
    Decision operator()(const call::DeleteActor &call) const;
    Decision operator()(const call::KillActor &call) const;
    Decision operator()(const call::FindCapability &call) const;
    Decision operator()(const call::EndOfChild &call) const;
    Decision operator()(const call::InspectActors &) const;
    Decision operator()(const call::InspectQuotas &) const;
    Decision operator()(const call::SetQuotas &call) const;
    Decision operator()(const call::KillById &call) const;
    Decision operator()(const call::ActorDied &call) const;

    // Of regions.
    Decision operator()(const call::AllocateRegion &call) const;
    Decision operator()(const call::FreeRegions &call) const;
    Decision operator()(const call::MapFromActor &call) const;
    Decision operator()(const call::CopyFromActor &call) const;
    Decision operator()(const call::DuplicateRegions &call) const;
    Decision operator()(const call::SetAttribute &call) const;
    Decision operator()(const call::ListRegions &call) const;
    Decision operator()(const call::FindMapping &call) const;
    Decision operator()(const call::InspectRegions &call) const;
    Decision operator()(const call::Claim &call) const;
    Decision operator()(const call::Acknowledge &call) const;
    // The change of that number, if the caller has to follow it still, or any.
    const Change *change_of(std::uint64_t number) const;
    Decision operator()(const call::ChangeIsLate &call) const;

    // Of memory.
    Decision operator()(const call::CopyMemory &call) const;
    Decision operator()(const call::LockMemory &call) const;
    Decision operator()(const call::UnlockMemory &call) const;
    Decision operator()(const call::DiscardMemory &call) const;
    Decision operator()(const call::FindPhysical &call) const;
    Decision operator()(const call::MapPhysical &call) const;
    Decision operator()(const call::InspectMemory &) const;
    Decision operator()(const call::SetMarks &call) const;

    // ---- What they share.

    const Actor &self() const { return state.actors.at(*caller.actor); }
    bool joined_actor() const { return caller.actor && state.find_actor(*caller.actor) != nullptr; }
    bool user_caller() const { return privilege_of(state, caller) == Privilege::user; }

    template <std::size_t N>
    Authority authorize(const std::array<ActorRef, N> &references) const {
        return kernel::authorize(state, caller, references);
    }
    // A call on one actor, which the supervisor space is not.
    Authority authorize_actor(const ActorRef &reference) const;

    // The space in which an actor's regions lie; 0 is the supervisor space.
    ActorId space_of_actor(ActorId actor) const;
    // Where a call that makes regions makes them.
    ActorId space_to_place_in(ActorId actor, std::uint32_t options) const;
    const AddressSpace &regions_of(ActorId space) const { return state.space_of(space).regions; }
    // The caller, if it is a member of the space.
    std::optional<ActorId> mapping_caller(ActorId space) const;

    std::uint64_t rounded_to_pages(std::uint64_t size_bytes) const;
    bool aligned(std::uint64_t address) const { return address % state.config.page_size_bytes == 0; }

    // The rungs on the options of calls that make regions in `space`: privilege, malformed, not in this version.
    Status check_options(std::uint32_t options, std::uint32_t allowed) const;
    // The rungs on the address that such a call names, before those that depend on what is there.
    bool misaligned(const RegionRequest &region) const;
    Status check_address(const AddressSpace &regions, const RegionRequest &region, const Range &range) const;
    // Where the region goes, and the rungs that depend on what is there.
    struct Place {
        Status status = Status::ok;
        Range range;
    };
    Place find_place(const AddressSpace &regions, const RegionRequest &region, const Range &range,
                     std::size_t new_regions) const;
    // What of the source a call maps or copies: nothing where part of it has no memory.
    std::optional<std::vector<Region>> source_parts(ActorId actor, const Range &range) const;
    // Whether the range may be freed or protected now: ok, busy where the caller itself has locked pages there.
    enum class Held { no, by_caller, by_others };
    Held held(ActorId space, const Range &range) const;

    // What a map and a copy look at alike: where the region is to go, and what of the source it is made from.
    struct FromActor {
        Status status = Status::ok;
        ActorId space{}, owner{};
        Range range{};
        std::vector<Region> parts{};
    };
    FromActor look_from_actor(const ActorRef &target, const RegionRequest &region, const ActorRef &source,
                              const Range &source_range) const;
    bool refused_by_strictness(const call::MapFromActor &call, const FromActor &from) const;
    // Puts the pieces at `start`, one after the other, with the attributes of the request.
    action::ChangeSpace placing(ActorId space, ActorId owner, std::uint64_t start, const RegionRequest &region,
                                std::vector<Region> pieces) const;
    NewSegment copy_of(const std::vector<Region> &parts, SegmentId id) const;
    // What is in the range anew, with a changed attribute.
    std::vector<Region> changed(const call::SetAttribute &call, ActorId space, const Range &range) const;
};

// Pieces that follow each other in address, segment and offset become one.
std::vector<Region> joined(const std::vector<Region> &pieces);

}  // namespace chorus::kernel
