// The semaphore algorithm, written once over a platform of atomics and futex. The state machine with its reasoning is
// docs/semaphores.md; the names here are those of its table.
//
// A platform provides, for one semaphore and one thread:
//   std::uint64_t load()                                     the state, acquire
//   bool exchange(std::uint64_t &expected, std::uint64_t to)  compare and exchange, acquire and release; on failure
//                                                             `expected` is what was found
//   bool changes(std::uint64_t &seen)      polls for a moment, as long as the state is `seen`; whether it has changed,
//                                          and then `seen` is what it has become
//   bool wake_one()                        wakes whoever has slept longest on the low half; whether there was anybody
//   Slept sleep_while(std::uint32_t word)  sleeps while the low half is `word`, or until the platform's deadline
//   std::uint32_t round()                  a number that no poster of this semaphore has had
//   std::uint64_t taker()                  who this thread is, for people to see, in the high half
#pragma once

#include <cstdint>

namespace chorus::sync {

enum class Slept { woken, changed, timed_out, interrupted };
enum class Wait { no, yes };
enum class Result { ok, timed_out, not_a_semaphore, full };

namespace state {
// Low half, the futex word: tokens, or flags. High half: in a closed one the round of the poster that closed it, else
// who took a token last, 0 where that is not known.
inline constexpr std::uint64_t tokens_max = 0x3fff'ffff;
inline constexpr std::uint64_t posting = 0x4000'0000;   // nobody may fall asleep: a poster is about to add a token
inline constexpr std::uint64_t sleepers = 0x8000'0000;  // somebody may sleep
inline constexpr std::uint64_t closed = sleepers | posting;
inline constexpr std::uint64_t word_mask = 0xffff'ffff;

constexpr std::uint64_t word(std::uint64_t value) {
    return value & word_mask;
}
constexpr std::uint32_t high(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}
constexpr std::uint64_t make(std::uint32_t high, std::uint64_t word) {
    return std::uint64_t{high} << 32 | word;
}
constexpr bool is_open(std::uint64_t value) {
    return word(value) <= tokens_max;
}
constexpr bool is_state(std::uint64_t value) {
    return is_open(value) || word(value) == sleepers || word(value) == closed;
}
}  // namespace state

// The first step of `take`, for when nobody sleeps: takes a token that is there, if no other thread interferes.
template <class Platform>
inline bool take_open(Platform &platform, std::uint64_t &seen) {
    // 1 to tokens_max: open, nobody sleeps
    return state::word(seen) - 1 < state::tokens_max &&
           platform.exchange(seen, platform.taker() | (state::word(seen) - 1));
}

// The same of `give`: adds a token where there is room.
template <class Platform>
inline bool give_open(Platform &platform, std::uint64_t &seen) {
    return state::word(seen) < state::tokens_max && platform.exchange(seen, seen + 1);
}

// P: takes a token. Blocks, with Wait::yes, until there is one or the platform's deadline passes.
template <class Platform>
Result take(Platform &platform, Wait wait) {
    std::uint64_t seen = platform.load();
    for (;;) {
        if (take_open(platform, seen)) return Result::ok;
        if (!state::is_state(seen)) return Result::not_a_semaphore;
        const std::uint64_t word = state::word(seen);
        if (state::is_open(seen) && word != 0) continue;  // another thread was quicker
        if (wait == Wait::no) return Result::timed_out;
        // While nobody sleeps, whoever is awake may have the next token.
        if (word == 0 && platform.changes(seen)) continue;
        // Announces a sleeper, or opens the door that a poster closed: it will look again.
        const std::uint64_t waiting = state::make(word == 0 ? state::high(seen) : 0, state::sleepers);
        if (word != state::sleepers && !platform.exchange(seen, waiting)) continue;
        switch (platform.sleep_while(static_cast<std::uint32_t>(state::sleepers))) {
            case Slept::woken:  // to be woken is to be given the token; what is left is to say who has it
                seen = platform.load();
                if (state::word(seen) == state::sleepers)
                    platform.exchange(seen, platform.taker() | state::sleepers);
                return Result::ok;
            case Slept::timed_out:
                return Result::timed_out;
            case Slept::changed:
            case Slept::interrupted:
                break;
        }
        seen = platform.load();
    }
}

// V: gives a token to whoever has slept longest, else keeps it in the semaphore. Does not block.
template <class Platform>
Result give(Platform &platform) {
    std::uint64_t seen = platform.load();
    for (;;) {
        if (give_open(platform, seen)) return Result::ok;
        if (!state::is_state(seen)) return Result::not_a_semaphore;
        if (state::word(seen) == state::tokens_max) return Result::full;
        if (state::is_open(seen)) continue;  // another thread was quicker
        if (platform.wake_one()) return Result::ok;
        // Nobody slept just now, but somebody may since. Close the door, look once more, and only then add the token.
        if (state::word(seen) == state::sleepers) {
            const std::uint64_t closed = state::make(platform.round(), state::closed);
            if (!platform.exchange(seen, closed)) continue;
            seen = closed;
        }
        if (platform.wake_one()) return Result::ok;
        if (platform.exchange(seen, state::make(0, 1))) return Result::ok;
    }
}

}  // namespace chorus::sync
