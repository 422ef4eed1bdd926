// Decisions on actors.
#include "kernel/decider.hpp"

namespace chorus::kernel {

namespace {

Decision create(const State &state, action::CreateActor action) {
    if (state.actors.size() >= state.config.max_actors) return Status::no_memory;
    action.actor = static_cast<ActorId>(state.next_actor);
    return action;
}

// Of an actor that inherits none.
ProtectionId protection_of(const Caller &caller) {
    return {static_cast<std::uint16_t>(caller.uid), static_cast<std::uint16_t>(caller.gid), 0};
}

Decision end(ActorId actor, EndCause cause) {
    return action::EndActor{actor, cause};
}

Privilege privilege_from(std::uint32_t options) {
    if ((options & spawn_option::supervisor_space) != 0) return Privilege::supervisor;
    return (options & spawn_option::trusted) != 0 ? Privilege::system : Privilege::user;
}

// The rungs on AFX_* options.
Status check_spawn(const State &state, const Caller &caller, std::uint32_t options) {
    constexpr std::uint32_t both = spawn_option::user_space | spawn_option::supervisor_space;
    if (privilege_from(options) != Privilege::user && !may_grant_privilege(state, caller))
        return Status::not_privileged;
    return (options & ~spawn_option::all) != 0 || (options & both) == both ? Status::invalid : Status::ok;
}

Outcome list_actors(const State &state) {
    Outcome outcome;
    outcome.actors.emplace();
    for (const auto &[id, actor] : state.actors)
        outcome.actors->push_back({.actor = id,
                                   .capability = actor.capability,
                                   .parent = actor.parent,
                                   .name = actor.name,
                                   .uid = actor.uid,
                                   .privilege = actor.privilege,
                                   .phase = actor.phase,
                                   .stopped = actor.stopped});
    return outcome;
}

}  // namespace

Decision Decider::operator()(const call::Join &join) const {
    if (caller.actor) return Status::invalid;
    return create(state, {.name = join.name, .uid = caller.uid, .protection = protection_of(caller)});
}

Decision Decider::operator()(const call::Begin &) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (self().phase != Phase::starting) return Status::invalid;
    return action::BeginActor{*caller.actor, caller.uid};
}

Decision Decider::operator()(const call::Exclude &exclude) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (exclude.range.wraps()) return Status::bad_address;
    if (!aligned(exclude.range.start) || !aligned(exclude.range.size_bytes)) return Status::misaligned;
    // A change that is undone puts regions back where holes are now.
    if (self().space.change) return Postponed{*caller.actor};
    return action::ExcludeRange{*caller.actor, exclude.range};
}

Decision Decider::operator()(const call::Spawn &spawn) const {
    if (const Status wrong = check_spawn(state, caller, spawn.options); wrong != Status::ok) return wrong;
    action::CreateActor action{.name = spawn.name,
                               .uid = caller.uid,
                               .privilege = privilege_from(spawn.options),
                               .phase = Phase::starting,
                               .protection = protection_of(caller)};
    if (joined_actor()) {
        action.parent = *caller.actor;
        action.protection = self().protection;
    }
    return create(state, std::move(action));
}

Decision Decider::operator()(const call::Fork &) const {
    if (!joined_actor()) return Status::unknown_actor;
    const Space &space = state.space_of(space_of_actor(*caller.actor));
    if (space.change) return Postponed{space_of_actor(*caller.actor)};
    action::CreateActor action{.parent = *caller.actor,
                               .name = self().name,
                               .uid = caller.uid,
                               .privilege = self().privilege,
                               .phase = Phase::starting,
                               .protection = self().protection,
                               .forked_from = *caller.actor};
    if (self().privilege == Privilege::supervisor) return create(state, std::move(action));
    auto next = state.next_segment;
    for (const auto &[start, region] : space.regions.regions()) {
        if ((region.options & option::inherit_copy) == 0 || !region.backed()) continue;
        const auto id = static_cast<SegmentId>(next++);
        action.segments.push_back(copy_of({region}, id));
        action.segments.back().executable = (region.options & option::executable) != 0;
        action.copies.push_back(region);
        action.copies.back().segment = id;
        action.copies.back().offset = 0;
    }
    return create(state, std::move(action));
}

Decision Decider::operator()(const call::CreateActor &call) const {
    const Authority authority = authorize(std::array{call.model});
    if (authority.status != Status::ok) return authority.status;
    const bool known = call.privilege <= static_cast<std::uint32_t>(Privilege::supervisor);
    if (known && call.privilege != static_cast<std::uint32_t>(Privilege::user) && user_caller())
        return Status::not_privileged;
    if (!known || call.status > 1) return Status::invalid;
    if (authority.actors[0] == ActorId{}) return Status::not_implemented;
    const Actor &model = state.actors.at(authority.actors[0]);
    return create(state, {.name = model.name,
                          .uid = caller.uid,
                          .privilege = static_cast<Privilege>(call.privilege),
                          .phase = Phase::created,
                          .stopped = call.status == 1,
                          .protection = model.protection});
}

Decision Decider::operator()(const call::CreateByFlags &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (const Status wrong = check_spawn(state, caller, call.options); wrong != Status::ok) return wrong;
    return create(state, {.name = self().name,
                          .uid = caller.uid,
                          .privilege = privilege_from(call.options),
                          .phase = Phase::created,
                          .protection = self().protection});
}

Decision Decider::operator()(const call::ActorPrivilege &call) const {
    const Authority authority = authorize(std::array{call.target});
    if (authority.status != Status::ok) return authority.status;
    const Actor *actor = state.find_actor(authority.actors[0]);  // none: the supervisor space
    const bool set = call.privilege.has_value();
    if (set && (user_caller() || (actor != nullptr && actor->privilege == Privilege::supervisor)))
        return Status::not_privileged;
    const auto wanted = static_cast<Privilege>(call.privilege.value_or(0));
    if (wanted != Privilege::user && wanted != Privilege::system) return Status::invalid;
    if (actor == nullptr) return Status::not_implemented;
    if (!set) return Outcome{.privilege = actor->privilege};
    return action::SetPrivilege{authority.actors[0], wanted};
}

Decision Decider::operator()(const call::ActorName &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    if (!call.name) return Outcome{.name = state.actors.at(authority.actors[0]).name};
    return action::RenameActor{authority.actors[0], *call.name};
}

Decision Decider::operator()(const call::ActorProtection &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    if (user_caller()) return Status::not_privileged;
    if (call.protection) return action::SetProtection{authority.actors[0], *call.protection};
    return Outcome{.protection = state.actors.at(authority.actors[0]).protection};
}

Decision Decider::operator()(const call::ActorCredentials &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    const ActorId target = authority.actors[0];
    if (!call.credentials) return Outcome{.credentials_of = target, .credentials = state.actors.at(target).credentials};
    if (user_caller()) return Status::not_privileged;
    return action::SetCredentials{target, *call.credentials};
}

Decision Decider::operator()(const call::StopActor &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    const ActorId target = authority.actors[0];
    const Actor &actor = state.actors.at(target);
    if (actor.privilege != Privilege::user && caller.actor != target && user_caller()) return Status::not_privileged;
    if (actor.stopped == call.stop) return Outcome{};
    return action::SetStopped{target, call.stop};
}

Decision Decider::operator()(const call::ListActors &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (user_caller()) return Status::not_privileged;
    if (call.options != 0) return Status::invalid;
    return list_actors(state);
}

Decision Decider::operator()(const call::DeleteActor &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    const ActorId target = authority.actors[0];
    const bool privileged = state.actors.at(target).privilege != Privilege::user;
    if (privileged && caller.actor != target && user_caller()) return Status::not_privileged;
    return end(target, EndCause::deleted);
}

Decision Decider::operator()(const call::KillActor &call) const {
    const Authority authority = authorize_actor(call.target);
    if (authority.status != Status::ok) return authority.status;
    if (!may_kill(state, caller, state.actors.at(authority.actors[0]))) return Status::not_privileged;
    return end(authority.actors[0], EndCause::killed);
}

Decision Decider::operator()(const call::FindCapability &call) const {
    const Actor *actor = state.find_actor(call.actor);
    if (actor == nullptr) return Status::unknown_actor;
    if (user_caller()) return Status::not_privileged;
    return Outcome{.capability = actor->capability, .actor = call.actor};
}

Decision Decider::operator()(const call::EndOfChild &call) const {
    if (!joined_actor()) return Status::unknown_actor;
    if (!self().ended_children.contains(call.child)) return Outcome{};
    return action::ForgetChild{*caller.actor, call.child};
}

Decision Decider::operator()(const call::InspectActors &) const {
    if (caller.actor) return Status::not_privileged;
    return list_actors(state);
}

Decision Decider::operator()(const call::KillById &call) const {
    if (caller.actor) return Status::not_privileged;
    const Actor *actor = state.find_actor(call.actor);
    if (actor == nullptr) return Status::unknown_actor;
    if (!may_kill(state, caller, *actor)) return Status::not_privileged;
    return end(call.actor, EndCause::killed);
}

Decision Decider::operator()(const call::InspectQuotas &) const {
    if (caller.actor) return Status::not_privileged;
    return Outcome{.users = state.users, .quotas = state.quotas};
}

Decision Decider::operator()(const call::SetQuotas &call) const {
    if (caller.actor || !may_grant_privilege(state, caller)) return Status::not_privileged;
    Quotas quotas = state.quotas;
    (call.of_users ? quotas.user : quotas.actor) = call.quota;
    return action::SetQuotas{quotas};
}

Decision Decider::operator()(const call::ActorDied &call) const {
    if (state.find_actor(call.actor) == nullptr) return Status::unknown_actor;
    return end(call.actor, EndCause::itself);
}

}  // namespace chorus::kernel
