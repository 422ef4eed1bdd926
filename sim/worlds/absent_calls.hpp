// What the calls answer that this version does not have, the same in both worlds.
#pragma once

#include <cerrno>
#include <string>

#include "script/operation.hpp"

namespace chorus::sim {

// Those that cannot refuse.
inline bool answers_zero(const std::string &name) {
    return name == "mutexTry" || name == "rtMutexTry" || name == "threadAborted";
}

// What such a call has answered.
inline Result answer_of_absent(const std::string &name, int result) {
    if (name == "aload") return Result::of(Result::Kind::error, result == -1 ? ENOSYS : 0);
    if (name == "threadSelf") return Result::of_text(result > 0 ? "a thread" : "no thread");
    return answers_zero(name) ? Result::of(Result::Kind::number, result) : Result::status(result);
}

}  // namespace chorus::sim
