// The calls of chorus/actor.hpp on one actor. Programs include that.
#pragma once

#include <chorus/actor.hpp>

namespace chorus {

inline KnCap *Actor::c_actor() const {
    if (kind_ == Kind::self) return K_MYACTOR;
    if (kind_ == Kind::supervisor_space) return K_SVACTOR;
    return const_cast<KnCap *>(&capability_.c_cap());  // no call writes to it
}

inline Capability Actor::capability(OnRefusal on_refusal) const {
    KnCap cap = capability_.c_cap();
    if (kind_ == Kind::self)
        on_refusal.accepts(actorSelf(&cap), "actorSelf");
    else
        on_refusal.accepts(kind_ == Kind::supervisor_space ? K_EINVAL : K_OK, "capability");
    return cap;
}

inline Aid Actor::own_aid(OnRefusal on_refusal) {
    const int aid = agetId();
    return on_refusal.accepts_unix(aid, "agetId") ? Aid{aid} : Aid{};
}

inline std::optional<Aid> Actor::aid() const {
    if (kind_ != Kind::self) return aid_;
    const int aid = agetId();
    return aid > 0 ? std::optional(Aid{aid}) : std::nullopt;
}

inline Actor Actor::find(Aid aid, OnRefusal on_refusal) {
    KnCap cap{};
    const bool found = on_refusal.accepts_unix(acap(static_cast<int>(aid), &cap), "acap");
    Actor actor{Capability(cap)};
    if (found) actor.aid_ = aid;
    return actor;
}

inline Actor Actor::create(const CreateOptions &options, OnRefusal on_refusal) {
    KnCap cap{};
    const int status = actorCreate(options.like.c_actor(), &cap, static_cast<KnActorPrivilege>(options.privilege),
                                   static_cast<KnActorStatus>(options.activity));
    on_refusal.accepts(status, "actorCreate");
    return Capability(cap);
}

inline void Actor::kill(OnRefusal on_refusal) const {
    on_refusal.accepts_unix(akill(c_actor()), "akill");
}

inline void Actor::destroy(OnRefusal on_refusal) const {
    on_refusal.accepts(actorDelete(c_actor()), "actorDelete");
}

inline void Actor::stop(OnRefusal on_refusal) const {
    on_refusal.accepts(actorStop(c_actor()), "actorStop");
}

inline void Actor::start(OnRefusal on_refusal) const {
    on_refusal.accepts(actorStart(c_actor()), "actorStart");
}

inline std::string Actor::name(OnRefusal on_refusal) const {
    char name[K_ACTORNAMEMAX] = "";
    on_refusal.accepts(actorName(c_actor(), name, nullptr), "actorName");
    return name;
}

inline void Actor::set_name(const std::string &name, OnRefusal on_refusal) const {
    on_refusal.accepts(actorName(c_actor(), nullptr, const_cast<char *>(name.c_str())), "actorName");
}

inline Privilege Actor::privilege(OnRefusal on_refusal) const {
    KnActorPrivilege privilege = K_USERACTOR;
    on_refusal.accepts(actorPrivilege(c_actor(), &privilege, nullptr), "actorPrivilege");
    return static_cast<Privilege>(privilege);
}

inline void Actor::set_privilege(Privilege privilege, OnRefusal on_refusal) const {
    auto wanted = static_cast<KnActorPrivilege>(privilege);
    on_refusal.accepts(actorPrivilege(c_actor(), nullptr, &wanted), "actorPrivilege");
}

inline KnProtId Actor::protection_id(OnRefusal on_refusal) const {
    KnProtId id{};
    on_refusal.accepts(actorPi(c_actor(), &id, nullptr), "actorPi");
    return id;
}

inline void Actor::set_protection_id(const KnProtId &id, OnRefusal on_refusal) const {
    KnProtId wanted = id;
    on_refusal.accepts(actorPi(c_actor(), nullptr, &wanted), "actorPi");
}

}  // namespace chorus
