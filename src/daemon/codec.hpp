// From message to call and from outcome to message. What arrives is hostile: a request that is not exactly as
// docs/wire.md says becomes no call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "memory/segment.hpp"
#include "wire/message.hpp"

namespace chorus::daemon {

// Nothing where a field is malformed, or the call is not one of the kernel's (console, spawned).
std::optional<kernel::Call> decode(const wire::Request &request);

wire::Reply encode(const wire::Request &request, const kernel::Outcome &outcome);
wire::Reply encode(const kernel::effect::Verdict &verdict);
wire::Order encode(const kernel::effect::Order &order);
wire::Region encode(const kernel::Region &region);
wire::ActorRow encode(const kernel::ActorRow &actor, std::uint32_t pid);
wire::RegionRow encode(const kernel::RegionRow &listed, const memory::Segment *segment);  // null: none

// `calls` are those in flight, by uid.
std::vector<wire::QuotaRow> encode(const kernel::Quotas &quotas, const std::map<std::uint32_t, kernel::Usage> &users,
                                   std::map<std::uint32_t, std::uint64_t> calls);

std::string name_of(const wire::Request &request);

}  // namespace chorus::daemon
