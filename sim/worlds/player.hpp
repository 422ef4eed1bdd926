// Inside chorus-sim-actor.
#pragma once

#include "worlds/protocol.hpp"

namespace chorus::sim {

struct Answered {
    Result result{};
    Hello made{};
    wire::Descriptor socket{};  // to the process of the actor that was made
};

// Makes one call. `socket` is where it was asked for: a forked child has one of its own.
Answered answer(const Operation &operation, const Question &question, wire::Descriptor &socket);

// Copies bytes; false where this process may not touch some of them: how many were copied is not said.
bool touch(char *to, const char *from, std::size_t size_bytes);
// No time has passed for the P that begins.
void begin_time();
// Who this process is, under a name.
Hello introduce(const char *name);
// Answers what is asked on a socket until it closes.
[[noreturn]] void serve(wire::Descriptor socket);

}  // namespace chorus::sim
