// What an actor, a console or the world outside asks of the kernel: plain data, decoded but not yet believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "kernel/state.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

// Who asks. A console (the command line) is no actor and has a user only.
struct Caller {
    std::optional<ActorId> actor;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

// How a call names an actor or the supervisor address space.
struct ActorRef {
    enum class Kind { self, supervisor_space, capability };
    Kind kind = Kind::self;
    Capability capability;  // with Kind::capability
};

// A region as asked for: sizes not yet rounded, nothing checked.
struct RegionRequest {
    Range range;            // start is not looked at with option::anywhere
    std::uint64_t end = 0;  // looked at with option::restrictive
    std::uint32_t options = 0;
    std::uint32_t opaque2 = 0;
    std::uint64_t opaque1 = 0;
    AddressWidth width = AddressWidth::bits_32;
};

namespace call {

// A process that no actor started becomes an actor.
struct Join {
    std::string name;
};
// The program of a spawned actor is loaded and runs.
struct Begin {};
// Addresses in the caller's windows that something else has: never give them out.
struct Exclude {
    Range range;
};
struct Spawn {
    std::string name;
    std::uint32_t options = 0;  // spawn_option
};
// Reads and, if given, sets.
struct ActorPrivilege {
    ActorRef target;
    std::optional<std::uint32_t> privilege;
};
struct ActorName {
    ActorRef target;
    std::optional<std::string> name;
};
struct ListActors {
    std::uint32_t options = 0;
};
struct DeleteActor {
    ActorRef target;
};
struct KillActor {
    ActorRef target;
};
struct FindCapability {
    ActorId actor{};
};
// How a child of the caller ended; its record goes with the answer.
struct EndOfChild {
    ActorId child{};
};
struct AllocateRegion {
    ActorRef target;
    RegionRequest region;
};
struct FreeRegions {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
struct MapFromActor {
    ActorRef target;
    RegionRequest region;
    ActorRef source;
    Range source_range;
};
// As MapFromActor, with a copy of the memory.
struct CopyFromActor {
    ActorRef target;
    RegionRequest region;
    ActorRef source;
    Range source_range;
};
struct DuplicateRegions {
    ActorRef target;
    ActorRef source;
    std::uint32_t options = 0;  // 0: as each region says
};
enum class Attribute { protection, inheritance, paging, opaque };
// Replaces one attribute of all regions in a range.
struct SetAttribute {
    Attribute attribute{};
    ActorRef target;
    RegionRequest region;
};
struct ListRegions {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
// The first mapping of the caller's own space in a range, so that it can be installed; of those with one of `options`
// where these are not 0.
struct FindMapping {
    Range range;
    std::uint32_t options = 0;
};
// The process of the caller is about to be copied: a second actor with its regions.
struct Fork {};

struct CopyMemory {
    ActorRef source;
    std::uint64_t source_address = 0;
    ActorRef target;
    std::uint64_t target_address = 0;
    std::uint64_t size_bytes = 0;
    std::uint32_t options = 0;
};
struct LockMemory {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
struct UnlockMemory {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
// Gives memory back: it reads 0 from then on.
struct DiscardMemory {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
struct FindPhysical {
    ActorRef target;
    std::uint64_t address = 0;
};
struct MapPhysical {
    ActorRef target;
    RegionRequest region;
    std::uint64_t physical = 0;
};
struct InspectMemory {};
struct SetMarks {
    Marks marks;
};

struct CreateActor {
    ActorRef model;
    std::uint32_t privilege = 0;
    std::uint32_t status = 0;  // 0 active, 1 stopped
};
// acreate: as Spawn, without a program.
struct CreateByFlags {
    std::uint32_t options = 0;  // spawn_option
};
struct StopActor {
    ActorRef target;
    bool stop = true;  // or start
};
struct ActorProtection {
    ActorRef target;
    std::optional<ProtectionId> protection;
};
struct ActorCredentials {
    ActorRef target;
    std::optional<Credentials> credentials;
};

// A member is ready to follow an order that changes what it has mapped; it goes on when all are.
struct Claim {
    std::uint64_t change = 0;
};
// A member has followed an order, or cannot.
struct Acknowledge {
    std::uint64_t change = 0;
    bool followed = true;
};

// Of consoles: what the command line shows and does.
struct InspectQuotas {};
struct SetQuotas {
    bool of_users = false;  // or of actors
    Quota quota;
};
struct InspectActors {};
struct InspectRegions {
    std::optional<ActorId> actor;  // none: of all
};
struct KillById {
    ActorId actor{};
};

// From the world outside: the process of the actor is gone.
struct ActorDied {
    ActorId actor{};
};
// From the world outside: the caller waits no longer for a change.
struct ChangeIsLate {
    std::uint64_t change = 0;
};

}  // namespace call

using Call = std::variant<
    call::Join, call::Begin, call::Exclude, call::Spawn, call::ActorPrivilege, call::ActorName, call::ListActors,
    call::DeleteActor, call::KillActor, call::FindCapability, call::EndOfChild, call::AllocateRegion, call::FreeRegions,
    call::MapFromActor, call::CopyFromActor, call::DuplicateRegions, call::SetAttribute, call::ListRegions,
    call::FindMapping, call::Fork, call::CopyMemory, call::LockMemory, call::UnlockMemory, call::DiscardMemory,
    call::FindPhysical, call::MapPhysical, call::InspectMemory, call::SetMarks, call::CreateActor, call::CreateByFlags,
    call::StopActor, call::ActorProtection, call::ActorCredentials, call::Claim, call::Acknowledge, call::InspectActors,
    call::InspectRegions, call::InspectQuotas, call::SetQuotas, call::KillById, call::ActorDied, call::ChangeIsLate>;

}  // namespace chorus::kernel
