// What the world outside must do: values that the daemon carries out and a test can compare.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernel/action.hpp"
#include "kernel/state.hpp"
#include "kernel/status.hpp"
#include "kernel/types.hpp"

namespace chorus::kernel {

struct ActorRow {
    ActorId actor{};
    Capability capability{};
    ActorId parent{};
    std::string name{};
    std::uint32_t uid = 0;
    Privilege privilege = Privilege::user;
    Phase phase = Phase::running;
    bool stopped = false;
};

// Of a region with memory: it may be written, or a read-only one is not, by agreement or by force.
enum class Grant : std::uint32_t { writable = 0, advisory = 1, enforced = 2 };

struct RegionRow {
    ActorId actor{};  // 0: the supervisor space, and the region is nobody's
    Region region;
    Grant grant = Grant::writable;
};

// The reply to a call. Only what the call asks for is filled in.
struct Outcome {
    Status status = Status::ok;
    std::optional<Capability> capability{};
    ActorId actor{};
    Privilege privilege = Privilege::user;
    std::string name{};
    EndCause end_cause = EndCause::itself;
    std::optional<Region> mapping{};  // of the caller, to be installed: its segment's descriptor goes along
    std::uint64_t turn = 0;           // at which the caller changes its maps; 0: it does not
    std::uint64_t physical = 0;
    ProtectionId protection{};
    std::optional<ActorId> credentials_of{};  // to be read from the system, unless given:
    std::optional<Credentials> credentials{};
    std::optional<Marks> marks{};          // with the state of memory
    std::uint64_t locked_bytes = 0;        // the same
    std::vector<CopyPart> copies{};        // to be made before the reply
    std::vector<SegmentPart> discarded{};  // to be given back before the reply
    std::optional<std::vector<ActorRow>> actors{};
    std::optional<std::vector<RegionRow>> regions{};
    std::optional<std::map<std::uint32_t, Usage>> users{};
    std::optional<Quotas> quotas{};
};

namespace effect {

// No region maps it any more.
struct ReleaseSegment {
    SegmentId segment{};
};
// No region maps this part any more.
struct ReleasePages {
    SegmentPart part;
};
// A member is to follow a change.
struct Order {
    ActorId member{};
    std::uint64_t turn = 0;
    std::uint64_t change = 0;  // to be acknowledged; 0: nobody waits for it
    FollowBy follow_by{};
    Range range;
    std::optional<Region> first;  // mapping in the range
};
// Answers a member that is ready to follow: it is to go on, or to leave everything as it is.
struct Verdict {
    ActorId member{};
    bool go = false;
};
// The change has come to its end: answer its caller.
struct AnswerChange {
    std::uint64_t change = 0;
    Outcome outcome;
};
// Stop the process, or let it go on.
struct SignalActor {
    ActorId actor{};
    bool stop = false;
};
// The actor is no more: end its process and its connection.
struct EndProcess {
    ActorId actor{};
    EndCause cause = EndCause::itself;
};

}  // namespace effect

using Effect = std::variant<effect::ReleaseSegment, effect::ReleasePages, effect::Order, effect::Verdict,
                            effect::AnswerChange, effect::SignalActor, effect::EndProcess>;

// What `apply` returns: the reply to the caller, and the rest in order.
struct Effects {
    Outcome reply;
    std::uint64_t change = 0;  // instead of a reply: the change to wait for
    std::vector<Effect> others;
};

}  // namespace chorus::kernel
