// What `decide` promised, fully resolved: every id and address is chosen, so that `apply` needs no decision and cannot
// fail. Only keys of new actors are left open, for the step that acquires what comes from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernel/state.hpp"
#include "kernel/status.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

// A segment to be acquired from outside.
struct NewSegment {
    SegmentId segment{};
    std::uint64_t size_bytes = 0;
    bool executable = false;
    bool present = false;                 // all its memory at once
    std::uint64_t untouchable_bytes = 0;  // of free memory, which it must leave
    std::vector<CopyPart> copies{};       // what it is filled with
};

namespace action {

struct CreateActor {
    ActorId actor{};
    std::uint64_t key = 0;  // filled in by acquire
    ActorId parent{};       // 0: nobody's child
    std::string name{};
    std::uint32_t uid = 0;
    Privilege privilege = Privilege::user;
    Phase phase = Phase::running;
    bool stopped = false;
    ProtectionId protection{};
    // Of a forked actor.
    ActorId forked_from{};
    std::vector<NewSegment> segments{};  // copies,
    std::vector<Region> copies{};        // and where they stand in place of what the parent has
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
// Removes what is in some ranges of a space, then places regions.
struct ChangeSpace {
    ActorId space{};
    FollowBy follow_by{};
    std::vector<Range> ranges;  // that members must follow
    std::vector<Range> remove;
    std::vector<Region> place;
    std::vector<NewSegment> segments;
    std::vector<SegmentPart> present;       // memory to be taken from the system at once
    bool merge = false;                     // with equal neighbours
    std::optional<ActorId> mapping_caller;  // a member that maps on the reply
};
// A member is ready to follow.
struct ClaimChange {
    ActorId space{};
    ActorId member{};
};
struct AcknowledgeChange {
    ActorId space{};
    ActorId member{};
};
// Puts back what was there before the change.
struct UndoChange {
    ActorId space{};
    Status why{};
    std::optional<ActorId> refused_by{};  // a member that could not follow, and has changed nothing
};
struct SetAttributes {  // those that no process needs to know of
    ActorId space{};
    Range range;
    std::vector<Region> regions;  // what is in the range, anew
    std::vector<SegmentPart> present;
};
struct LockRange {
    Lock lock;
    std::vector<SegmentPart> present;
};
struct UnlockRange {
    Lock lock;
};
// A place for the segment in the physical space; the reply names an address in it.
struct GivePhysical {
    SegmentId segment{};
    std::uint64_t offset = 0;
};
struct ChangeMarks {
    Marks marks;
};
struct SetQuotas {
    Quotas quotas;
};
struct SetStopped {
    ActorId actor{};
    bool stopped = false;
};
struct SetProtection {
    ActorId actor{};
    ProtectionId protection;
};
struct SetCredentials {
    ActorId actor{};
    Credentials credentials;
};

}  // namespace action

using Action = std::variant<action::ClaimChange, action::CreateActor, action::BeginActor, action::ExcludeRange,
                            action::SetPrivilege, action::RenameActor, action::EndActor, action::ForgetChild,
                            action::ChangeSpace, action::AcknowledgeChange, action::UndoChange, action::SetAttributes,
                            action::LockRange, action::UnlockRange, action::GivePhysical, action::ChangeMarks,
                            action::SetStopped, action::SetProtection, action::SetCredentials, action::SetQuotas>;

}  // namespace chorus::kernel
