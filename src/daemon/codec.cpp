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

std::optional<kernel::Call> decode_for(const wire::Request &request, const ActorRef &target) {
    const kernel::Range range{request.region.start, request.region.size_bytes};
    const bool set = (request.flags & wire::flag::set) != 0;
    switch (static_cast<wire::CallCode>(request.prefix.call)) {
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
        case wire::CallCode::map_from_actor:
            if (const auto source = decode(request.source))
                return call::MapFromActor{
                    target, decode_region(request), *source, {request.source_start, request.source_size_bytes}};
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::string name_of(const wire::Request &request) {
    return request.name;
}

std::optional<kernel::Call> decode(const wire::Request &request) {
    if ((request.flags & ~wire::flag::all) != 0 || request.reserved != 0) return std::nullopt;
    if (std::memchr(request.name, '\0', sizeof request.name) == nullptr) return std::nullopt;
    const auto actor = static_cast<ActorId>(request.actor);
    switch (static_cast<wire::CallCode>(request.prefix.call)) {
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
            return call::FindMapping{request.region.start};
        case wire::CallCode::inspect_actors:
            return call::InspectActors{};
        case wire::CallCode::inspect_regions:
            return call::InspectRegions{request.actor == 0 ? std::nullopt : std::optional(actor)};
        case wire::CallCode::kill_by_id:
            return call::KillById{actor};
        default:
            break;
    }
    const auto target = decode(request.target);
    return target ? decode_for(request, *target) : std::nullopt;
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
        const kernel::Region &region = *outcome.mapping;
        reply.mapping = {region.range.start, region.range.size_bytes, 0,
                         region.opaque1,     region.options,          region.opaque2};
        reply.offset = region.offset;
    }
    reply.value = request.prefix.call == static_cast<std::uint16_t>(wire::CallCode::end_of_child)
                      ? static_cast<std::uint32_t>(outcome.end_cause)
                      : static_cast<std::uint32_t>(outcome.privilege);
    const std::size_t length = std::min(outcome.name.size(), sizeof reply.name - 1);
    std::memcpy(reply.name, outcome.name.data(), length);
    return reply;
}

}  // namespace chorus::daemon
