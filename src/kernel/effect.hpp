// What the world outside must do: values that the daemon carries out and a test can compare.
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

struct ActorRow {
    ActorId actor{};
    Capability capability{};
    ActorId parent{};
    std::string name{};
    std::uint32_t uid = 0;
    Privilege privilege = Privilege::user;
    bool begun = false;
};

struct RegionRow {
    ActorId actor{};
    Region region;
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
    std::optional<std::vector<ActorRow>> actors{};
    std::optional<std::vector<RegionRow>> regions{};
};

namespace effect {

// No region maps it any more.
struct ReleaseSegment {
    SegmentId segment{};
};
// The actor is no more: end its process and its connection.
struct EndProcess {
    ActorId actor{};
    EndCause cause = EndCause::itself;
};

}  // namespace effect

using Effect = std::variant<effect::ReleaseSegment, effect::EndProcess>;

// What `apply` returns: the reply to the caller, and the rest in order.
struct Effects {
    Outcome reply;
    std::vector<Effect> others;
};

}  // namespace chorus::kernel
