// What the words of a puppet's calls are, and the calls that are not in puppet.cpp.
//
// Words of a call:
//   capability  self | sv | null | bad | HEAD.TAIL.HEAD.TAIL in hexadecimal
//   descriptor  null | bad | START,SIZE,OPTIONS[,OPAQUE2[,END[,OPAQUE1]]] | ro:START,... (in memory that cannot be
//               written)
//   semaphore   an address | null | bad
//   time        forever | null | bad | SECONDS,NANOSECONDS
//   result      - | null | bad: where an out-parameter goes
#pragma once

#include <chorus.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace puppet {

using Words = std::istringstream;

// An address where nothing is.
template <class T>
T *unmapped() {
    return reinterpret_cast<T *>(16);
}

// The next word; the puppet ends where there is none.
std::string word(Words &words);
inline unsigned long number(const std::string &text) {
    return std::strtoul(text.c_str(), nullptr, 0);
}
inline unsigned long number(Words &words) {
    return number(word(words));
}
std::string shown(const KnCap &cap);
std::string hex(unsigned long value);
// The start address after a call, or "-" where the descriptor cannot be read.
std::string start_of(const KnRgnDesc *desc);
std::string with_errno(int result);

// The next word as an out-parameter.
template <class T>
T *place_for(Words &words, T &result) {
    const std::string text = word(words);
    return text == "null" ? nullptr : text == "bad" ? unmapped<T>() : &result;
}

// Pointer arguments stay valid until the next call.
struct Arguments {
    std::vector<std::unique_ptr<KnCap>> caps;
    std::vector<std::unique_ptr<KnRgnDesc>> descs;
    KnTimeVal time{};

    KnCap *cap(Words &words);
    KnRgnDesc *desc(Words &words);
    KnSem *sem(Words &words);
    KnTimeVal *limit(Words &words);
};

// Each makes the call if it is one of its own.
std::optional<std::string> region_answer(const std::string &call, Words &words);
std::optional<std::string> memory_answer(const std::string &call, Words &words);
std::optional<std::string> actor_answer(const std::string &call, Words &words);
std::optional<std::string> site_answer(const std::string &call, Words &words);

}  // namespace puppet
