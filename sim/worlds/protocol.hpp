// What the real world asks of the process of an actor, and what that answers: messages on a socket that keeps their
// borders. Both ends are of one build.
#pragma once

#include <exec/chTypes.h>
#include <signal.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "script/operation.hpp"
#include "wire/descriptor.hpp"

namespace chorus::sim {

// The first message of a process: who it is.
struct Hello {
    std::int32_t pid;
    std::int32_t aid;
    KnCap capability;
};

struct Question {
    Arguments arguments;
    KnCap target, source;  // of the actors that the arguments name
};

struct Answer {
    Result::Kind kind;
    std::int64_t number;
    std::uint64_t value;
    std::uint64_t rows;  // that come first behind this; the rest is text
    Hello made;          // an actor that has come of it; a socket to its process comes along, if it has one
};

static_assert(std::is_trivially_copyable_v<Question> && std::is_trivially_copyable_v<Answer> &&
              std::is_trivially_copyable_v<Row>);

inline constexpr std::size_t message_max = 100'000;

// The signal that tells a thread that its time is up: in a scenario, time passes when the scenario says so. Its value
// is 1 where the process was stopped then.
inline int time_signal() {
    return SIGRTMIN + 1;
}

template <class Head>
std::string packed(const Head &head, const std::string &rest) {
    std::string message(reinterpret_cast<const char *>(&head), sizeof head);
    return message + rest;
}

}  // namespace chorus::sim
