#include "daemon/codec.hpp"

#include <am/afexec.h>
#include <mem/chMem.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace chorus::daemon {

static_assert(static_cast<int>(kernel::Status::unknown_actor) == K_EUNKNOWN);
static_assert(static_cast<int>(kernel::Status::invalid) == K_EINVAL);
static_assert(static_cast<int>(kernel::Status::not_privileged) == K_EPRIV);
static_assert(static_cast<int>(kernel::Status::bad_size) == K_ESIZE);
static_assert(static_cast<int>(kernel::Status::misaligned) == K_EROUND);
static_assert(static_cast<int>(kernel::Status::bad_address) == K_EADDR);
static_assert(static_cast<int>(kernel::Status::overlap) == K_EOVERLAP);
static_assert(static_cast<int>(kernel::Status::no_space) == K_ESPACE);
static_assert(static_cast<int>(kernel::Status::no_memory) == K_ENOMEM);
static_assert(static_cast<int>(kernel::Status::busy) == K_EBUSY);
static_assert(static_cast<int>(kernel::Status::timed_out) == K_ETIMEOUT);
static_assert(static_cast<int>(kernel::Status::aborted) == K_EABORT);
static_assert(static_cast<int>(kernel::Status::not_implemented) == K_ENOTIMP);
static_assert(kernel::option::writable == K_WRITABLE && kernel::option::executable == K_EXECUTABLE);
static_assert(kernel::option::fill_zero == K_FILLZERO && kernel::option::anywhere == K_ANYWHERE);
static_assert(kernel::option::restrictive == K_RESTRICTIVE && kernel::option::supervisor == K_SUPERVISOR);
static_assert(kernel::option::reserved == K_RESERVED && kernel::option::inherit_share == K_INHERITSHARE);
static_assert(kernel::option::inherit_copy == K_INHERITCOPY && kernel::option::no_demand == K_NODEMAND);
static_assert(kernel::option::no_wait_for_memory == K_NOWAITFORMEMORY && kernel::option::no_swap_out == K_NOSWAPOUT);
static_assert(kernel::option::free_all == K_FREEALL && kernel::option::user_space == K_USERSPACE);
static_assert(kernel::spawn_option::user_space == AFX_USER_SPACE);
static_assert(kernel::spawn_option::supervisor_space == AFX_SUPERVISOR_SPACE);
static_assert(kernel::spawn_option::any_space == AFX_ANY_SPACE && kernel::spawn_option::trusted == AFX_TRUSTED);

namespace {

using kernel::ActorId;
using kernel::ActorRef;
namespace call = kernel::call;

std::optional<ActorRef> decode(const wire::Actor &actor) {
    const kernel::Capability capability{actor.unique_id, actor.key};
    if (actor.reserved != 0) return std::nullopt;
    switch (static_cast<wire::ActorKind>(actor.kind)) {
        case wire::ActorKind::self:
            return ActorRef{ActorRef::Kind::self, {}};
        case wire::ActorKind::supervisor_space:
            return ActorRef{ActorRef::Kind::supervisor_space, {}};
        case wire::ActorKind::capability:
            return ActorRef{ActorRef::Kind::capability, capability};
        case wire::ActorKind::none:
            break;
    }
    return std::nullopt;
}

kernel::RegionRequest decode_region(const wire::Request &request) {
    const wire::Region &region = request.region;
    const bool wide = (request.flags & wire::flag::wide) != 0;
    return {.range = {region.start, region.size_bytes},
            .end = region.end,
            .options = region.options,
            .opaque2 = region.opaque2,
            .opaque1 = region.opaque1,
            .width = wide ? kernel::AddressWidth::bits_64 : kernel::AddressWidth::bits_32};
}

kernel::ProtectionId protection_of(std::uint64_t word) {
    return {static_cast<std::uint16_t>(word), static_cast<std::uint16_t>(word >> 16),
            static_cast<std::uint16_t>(word >> 32)};
}

std::uint64_t word_of(const kernel::ProtectionId &id) {
    return id.uid | std::uint64_t{id.gid} << 16 | std::uint64_t{id.did} << 32;
}

std::optional<call::Attribute> decode_attribute(std::uint32_t value) {
    switch (static_cast<wire::Attribute>(value)) {
        case wire::Attribute::protection:
            return call::Attribute::protection;
        case wire::Attribute::inheritance:
            return call::Attribute::inheritance;
        case wire::Attribute::paging:
            return call::Attribute::paging;
        case wire::Attribute::opaque:
            return call::Attribute::opaque;
    }
    return std::nullopt;
}

// The groups lie in the words of the name; their number in `actor`.
std::optional<kernel::Credentials> decode_credentials(const wire::Request &request) {
    kernel::Credentials credentials{.uid = request.value, .gid = static_cast<std::uint32_t>(request.source_start)};
    std::uint32_t groups[sizeof request.name / sizeof(std::uint32_t)];
    if (request.actor > std::size(groups)) return std::nullopt;
    std::memcpy(groups, request.name, sizeof groups);
    credentials.groups.assign(groups, groups + request.actor);
    return credentials;
}

// Calls with two actors.
std::optional<kernel::Call> decode_between(const wire::Request &request, const ActorRef &target,
                                           const ActorRef &source) {
    const kernel::Range from{request.source_start, request.source_size_bytes};
    switch (wire::code_of(request)) {
        case wire::CallCode::map_from_actor:
            return call::MapFromActor{target, decode_region(request), source, from};
        case wire::CallCode::copy_from_actor:
            return call::CopyFromActor{target, decode_region(request), source, from};
        case wire::CallCode::duplicate_regions:
            return call::DuplicateRegions{target, source, request.value};
        case wire::CallCode::copy_memory:
            return call::CopyMemory{
                source, request.source_start, target, request.region.start, request.region.size_bytes, request.value};
        default:
            return std::nullopt;
    }
}

std::optional<kernel::Call> decode_for(const wire::Request &request, const ActorRef &target) {
    const kernel::Range range{request.region.start, request.region.size_bytes};
    const bool set = (request.flags & wire::flag::set) != 0;
    switch (wire::code_of(request)) {
        case wire::CallCode::actor_privilege:
            return call::ActorPrivilege{target, set ? std::optional(request.value) : std::nullopt};
        case wire::CallCode::actor_name:
            return call::ActorName{target, set ? std::optional(name_of(request)) : std::nullopt};
        case wire::CallCode::delete_actor:
            return call::DeleteActor{target};
        case wire::CallCode::kill_actor:
            return call::KillActor{target};
        case wire::CallCode::allocate_region:
            return call::AllocateRegion{target, decode_region(request)};
        case wire::CallCode::free_regions:
            return call::FreeRegions{target, range, request.region.options};
        case wire::CallCode::list_regions:
            return call::ListRegions{target, range, request.region.options};
        case wire::CallCode::set_attribute:
            if (const auto attribute = decode_attribute(request.value))
                return call::SetAttribute{*attribute, target, decode_region(request)};
            return std::nullopt;
        case wire::CallCode::lock_memory:
            return call::LockMemory{target, range, request.region.options};
        case wire::CallCode::unlock_memory:
            return call::UnlockMemory{target, range, request.region.options};
        case wire::CallCode::discard_memory:
            return call::DiscardMemory{target, range, request.region.options};
        case wire::CallCode::find_physical:
            return call::FindPhysical{target, request.region.start};
        case wire::CallCode::map_physical:
            return call::MapPhysical{target, decode_region(request), request.source_start};
        case wire::CallCode::create_actor:
            return call::CreateActor{target, request.value, request.actor};
        case wire::CallCode::stop_actor:
            return call::StopActor{target, request.value != 0};
        case wire::CallCode::actor_protection:
            return call::ActorProtection{target,
                                         set ? std::optional(protection_of(request.source_start)) : std::nullopt};
        default:
            break;
    }
    const auto source = decode(request.source);
    return source ? decode_between(request, target, *source) : std::nullopt;
}

}  // namespace

std::string name_of(const wire::Request &request) {
    return request.name;
}

std::optional<kernel::Call> decode(const wire::Request &request) {
    if ((request.flags & ~wire::flag::all) != 0) return std::nullopt;
    const bool set = (request.flags & wire::flag::set) != 0;
    if (request.prefix.call == static_cast<std::uint16_t>(wire::CallCode::actor_credentials)) {
        const auto target = decode(request.target);
        const auto credentials = decode_credentials(request);
        if (!target || !credentials) return std::nullopt;
        return call::ActorCredentials{*target, set ? credentials : std::nullopt};
    }
    if (std::memchr(request.name, '\0', sizeof request.name) == nullptr) return std::nullopt;
    const auto actor = static_cast<ActorId>(request.actor);
    switch (wire::code_of(request)) {
        case wire::CallCode::join:
            return call::Join{name_of(request)};
        case wire::CallCode::begin:
            return call::Begin{};
        case wire::CallCode::exclude:
            return call::Exclude{{request.region.start, request.region.size_bytes}};
        case wire::CallCode::spawn:
            return call::Spawn{name_of(request), request.value};
        case wire::CallCode::list_actors:
            return call::ListActors{request.value};
        case wire::CallCode::find_capability:
            return call::FindCapability{actor};
        case wire::CallCode::end_of_child:
            return call::EndOfChild{actor};
        case wire::CallCode::find_mapping:
            return call::FindMapping{{request.region.start, request.region.size_bytes}, request.region.options};
        case wire::CallCode::fork:
            return call::Fork{};
        case wire::CallCode::inspect_memory:
            return call::InspectMemory{};
        case wire::CallCode::set_marks:
            return call::SetMarks{{request.source_start, request.source_size_bytes, request.region.start}};
        case wire::CallCode::create_by_flags:
            return call::CreateByFlags{request.value};
        case wire::CallCode::claim:
            return call::Claim{request.source_start};
        case wire::CallCode::acknowledge:
            return call::Acknowledge{request.source_start, (request.flags & wire::flag::failed) == 0};
        case wire::CallCode::inspect_actors:
            return call::InspectActors{};
        case wire::CallCode::inspect_regions:
            return call::InspectRegions{request.actor == 0 ? std::nullopt : std::optional(actor)};
        case wire::CallCode::kill_by_id:
            return call::KillById{actor};
        case wire::CallCode::inspect_quotas:
            return call::InspectQuotas{};
        case wire::CallCode::set_quotas:
            if (request.value != static_cast<std::uint32_t>(wire::QuotaKind::actor_limit) &&
                request.value != static_cast<std::uint32_t>(wire::QuotaKind::user_limit))
                return std::nullopt;
            return call::SetQuotas{request.value == static_cast<std::uint32_t>(wire::QuotaKind::user_limit),
                                   {.regions = request.region.start,
                                    .bytes = request.region.size_bytes,
                                    .actors = request.region.end,
                                    .calls = request.region.opaque1}};
        default:
            break;
    }
    const auto target = decode(request.target);
    return target ? decode_for(request, *target) : std::nullopt;
}

wire::Region encode(const kernel::Region &region) {
    return {region.range.start, region.range.size_bytes, 0, region.opaque1, region.options, region.opaque2};
}

wire::Reply encode(const kernel::effect::Verdict &verdict) {
    wire::Reply reply{};
    reply.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::claim)};
    reply.status = verdict.go ? K_OK : K_EABORT;
    return reply;
}

wire::Order encode(const kernel::effect::Order &order) {
    wire::Order message{};
    message.prefix = {wire::magic, wire::version, wire::order_code};
    message.turn = order.turn;
    message.change = order.change;
    switch (order.follow_by) {
        case kernel::FollowBy::map:
            message.follow = static_cast<std::uint32_t>(wire::FollowBy::map);
            break;
        case kernel::FollowBy::unmap:
            message.follow = static_cast<std::uint32_t>(wire::FollowBy::unmap);
            break;
        case kernel::FollowBy::renew:
            message.follow = static_cast<std::uint32_t>(wire::FollowBy::renew);
            break;
    }
    message.start = order.range.start;
    message.size_bytes = order.range.size_bytes;
    if (order.first) {
        message.mapping = encode(*order.first);
        message.offset = order.first->offset;
    }
    return message;
}

wire::Reply encode(const wire::Request &request, const kernel::Outcome &outcome) {
    wire::Reply reply{};
    reply.prefix = {wire::magic, wire::version, request.prefix.call};
    reply.number = request.number;
    reply.status = static_cast<std::int32_t>(outcome.status);
    reply.actor = static_cast<std::uint32_t>(outcome.actor);
    if (outcome.capability) {
        reply.unique_id = outcome.capability->unique_id;
        reply.key = outcome.capability->key;
    }
    if (outcome.mapping) {
        reply.mapping = encode(*outcome.mapping);
        reply.offset = outcome.mapping->offset;
    }
    reply.turn = outcome.turn;
    switch (wire::code_of(request)) {
        case wire::CallCode::find_physical:
            reply.unique_id = outcome.physical;
            break;
        case wire::CallCode::actor_protection:
            reply.unique_id = word_of(outcome.protection);
            break;
        case wire::CallCode::inspect_memory:
            if (!outcome.marks) break;
            reply.unique_id = outcome.marks->red;
            reply.key = outcome.marks->orange;
            reply.offset = outcome.marks->green;
            reply.mapping.opaque1 = outcome.locked_bytes;
            break;
        default:
            break;
    }
    reply.value = request.prefix.call == static_cast<std::uint16_t>(wire::CallCode::end_of_child)
                      ? static_cast<std::uint32_t>(outcome.end_cause)
                      : static_cast<std::uint32_t>(outcome.privilege);
    const std::size_t length = std::min(outcome.name.size(), sizeof reply.name - 1);
    std::memcpy(reply.name, outcome.name.data(), length);
    return reply;
}

std::vector<wire::QuotaRow> encode(const kernel::Quotas &quotas, const std::map<std::uint32_t, kernel::Usage> &users,
                                   std::map<std::uint32_t, std::uint64_t> calls) {
    const auto row = [](wire::QuotaKind kind, std::uint32_t uid, const auto &of, std::uint64_t calls_in_flight) {
        return wire::QuotaRow{static_cast<std::uint32_t>(kind), uid, of.regions, of.bytes, of.actors, calls_in_flight};
    };
    std::vector<wire::QuotaRow> rows{row(wire::QuotaKind::actor_limit, 0, quotas.actor, quotas.actor.calls),
                                     row(wire::QuotaKind::user_limit, 0, quotas.user, quotas.user.calls)};
    for (const auto &[uid, used] : users)
        rows.push_back(row(wire::QuotaKind::user_usage, uid, used, calls[uid]));
    return rows;
}

wire::ActorRow encode(const kernel::ActorRow &actor, std::uint32_t pid) {
    wire::ActorRow row{};
    row.actor = static_cast<std::uint32_t>(actor.actor);
    row.parent = static_cast<std::uint32_t>(actor.parent);
    row.unique_id = actor.capability.unique_id;
    row.key = actor.capability.key;
    row.uid = actor.uid;
    row.pid = pid;
    row.privilege = static_cast<std::uint32_t>(actor.privilege);
    row.phase = static_cast<std::uint32_t>(actor.phase);
    row.stopped = actor.stopped ? 1 : 0;
    std::memcpy(row.name, actor.name.data(), std::min(actor.name.size(), sizeof row.name - 1));
    return row;
}

wire::RegionRow encode(const kernel::RegionRow &listed, const memory::Segment *segment) {
    wire::RegionRow row{};
    row.actor = static_cast<std::uint32_t>(listed.actor);
    row.grant = static_cast<std::uint32_t>(listed.grant);
    row.region = encode(listed.region);
    row.segment = static_cast<std::uint64_t>(listed.region.segment);
    row.offset = listed.region.offset;
    if (segment == nullptr) return row;
    row.inode = segment->inode();
    row.segment_size_bytes = segment->size_bytes();
    return row;
}

}  // namespace chorus::daemon
