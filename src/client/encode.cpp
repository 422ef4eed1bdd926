#include "client/encode.hpp"

#include <cstring>

namespace chorus::client {

namespace {

std::uint64_t joined(std::uint32_t head, std::uint32_t tail) {
    return (std::uint64_t{head} << 32) | tail;
}

}  // namespace

int encode_actor(Arguments &arguments, const KnCap *argument, wire::Actor &actor) {
    wire::ActorKind kind = wire::ActorKind::capability;
    if (argument == K_MYACTOR) {
        kind = wire::ActorKind::self;
    } else if (argument == K_SVACTOR) {
        kind = wire::ActorKind::supervisor_space;
    } else {
        if (!arguments.readable(argument, sizeof *argument)) return K_EFAULT;
        actor.unique_id = joined(argument->ui.uiHead, argument->ui.uiTail);
        actor.key = joined(argument->key.keyHead, argument->key.keyTail);
    }
    actor.kind = static_cast<std::uint32_t>(kind);
    return K_OK;
}

KnCap capability_of(std::uint64_t unique_id, std::uint64_t key) {
    return {{static_cast<unsigned>(unique_id >> 32), static_cast<unsigned>(unique_id)},
            {static_cast<unsigned>(key >> 32), static_cast<unsigned>(key)}};
}

void encode_name(const char *name, char (&to)[wire::name_bytes]) {
    if (const char *last = std::strrchr(name, '/')) name = last + 1;
    const std::size_t length = strnlen(name, sizeof to - 1);
    std::memcpy(to, name, length);
    to[length] = '\0';
}

}  // namespace chorus::client
