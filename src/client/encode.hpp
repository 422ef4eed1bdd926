// From the types of <chorus.h> to those of the wire and back.
#pragma once

#include <exec/chTypes.h>

#include <cstdint>

#include "client/user_memory.hpp"
#include "wire/message.hpp"

namespace chorus::client {

// An argument that names an actor. K_EFAULT where it cannot be read.
int encode_actor(Arguments &arguments, const KnCap *argument, wire::Actor &actor);

KnCap capability_of(std::uint64_t unique_id, std::uint64_t key);
inline KnCap capability_of(const wire::Reply &reply) {
    return capability_of(reply.unique_id, reply.key);
}

// The last part of a path, cut off where it is too long.
void encode_name(const char *name, char (&to)[wire::name_bytes]);

}  // namespace chorus::client
