// What `decide` promised, fully resolved: every id and address is chosen, so that `apply` needs no decision and cannot
// fail. Only keys of new actors are left open, for the step that acquires what comes from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernel/state.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

namespace action {

struct CreateActor {
    ActorId actor{};
    std::uint64_t key = 0;  // filled in by acquire
    ActorId parent{};       // 0: nobody's child
    std::string name;
    std::uint32_t uid = 0;
    Privilege privilege = Privilege::user;
    bool begun = false;
};
struct BeginActor {
    ActorId actor{};
    std::uint32_t uid = 0;
};
struct ExcludeRange {
    ActorId actor{};
    Range range;
};
struct SetPrivilege {
    ActorId actor{};
    Privilege privilege = Privilege::user;
};
struct RenameActor {
    ActorId actor{};
    std::string name;
};
struct EndActor {
    ActorId actor{};
    EndCause cause = EndCause::itself;
};
struct ForgetChild {
    ActorId parent{};
    ActorId child{};
};
struct NewSegment {
    SegmentId segment{};
    std::uint64_t size_bytes = 0;
};
struct PlaceRegions {
    ActorId actor{};
    std::optional<NewSegment> segment;  // acquired from outside
    std::vector<Region> regions;        // contiguous, at least one
};
struct RemoveRegions {
    ActorId actor{};
    std::vector<Range> ranges;
};

}  // namespace action

using Action = std::variant<action::CreateActor, action::BeginActor, action::ExcludeRange, action::SetPrivilege,
                            action::RenameActor, action::EndActor, action::ForgetChild, action::PlaceRegions,
                            action::RemoveRegions>;

}  // namespace chorus::kernel
