#include "kernel/authority.hpp"

#include "kernel/ensure.hpp"

namespace chorus::kernel {

namespace {

// The actor that a reference names, key not yet looked at; nullptr where there is none.
const Actor *named(const State &state, const Caller &caller, const ActorRef &reference, ActorId &id) {
    if (reference.kind == ActorRef::Kind::self) {
        if (!caller.actor) return nullptr;
        id = *caller.actor;
    } else {
        if (reference.capability.unique_id >> 32 != state.config.nonce) return nullptr;
        id = static_cast<ActorId>(static_cast<std::uint32_t>(reference.capability.unique_id));
    }
    return state.find_actor(id);
}

}  // namespace

Authority authorize(const State &state, const Caller &caller, std::span<const ActorRef> references) {
    Authority authority;
    ensure(references.size() <= authority.actors.size(), "a call names two actors at most");
    bool key_differs = false;
    for (std::size_t i = 0; i < references.size(); ++i) {
        const ActorRef &reference = references[i];
        if (reference.kind == ActorRef::Kind::supervisor_space) {
            authority.supervisor_space = true;
            continue;
        }
        const Actor *actor = named(state, caller, reference, authority.actors[i]);
        if (actor == nullptr) return {.status = Status::unknown_actor};
        if (reference.kind == ActorRef::Kind::capability && actor->capability.key != reference.capability.key)
            key_differs = true;
    }
    if (key_differs) return {.status = Status::invalid};
    if (authority.supervisor_space && privilege_of(state, caller) == Privilege::user)
        return {.status = Status::not_privileged};
    return authority;
}

Privilege privilege_of(const State &state, const Caller &caller) {
    const Actor *actor = caller.actor ? state.find_actor(*caller.actor) : nullptr;
    return actor == nullptr ? Privilege::user : actor->privilege;
}

bool may_grant_privilege(const State &state, const Caller &caller) {
    return caller.uid == 0 || caller.uid == state.config.kernel_uid;
}

bool may_kill(const State &state, const Caller &caller, const Actor &target) {
    return privilege_of(state, caller) != Privilege::user || caller.uid == target.uid || caller.uid == 0;
}

}  // namespace chorus::kernel
