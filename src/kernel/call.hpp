// What an actor, a console or the world outside asks of the kernel: plain data, decoded but not yet believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "kernel/types.hpp"

namespace chorus::kernel {

// Who asks. A console (the command line) is no actor and has a user only.
struct Caller {
    std::optional<ActorId> actor;
    std::uint32_t uid = 0;
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
struct ListRegions {
    ActorRef target;
    Range range;
    std::uint32_t options = 0;
};
// The mapping of the caller's own region at an address, so that it can be installed.
struct FindMapping {
    std::uint64_t address = 0;
};

// Of consoles: what the command line shows and does.
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

}  // namespace call

using Call =
    std::variant<call::Join, call::Begin, call::Exclude, call::Spawn, call::ActorPrivilege, call::ActorName,
                 call::ListActors, call::DeleteActor, call::KillActor, call::FindCapability, call::EndOfChild,
                 call::AllocateRegion, call::FreeRegions, call::MapFromActor, call::ListRegions, call::FindMapping,
                 call::InspectActors, call::InspectRegions, call::KillById, call::ActorDied>;

}  // namespace chorus::kernel
