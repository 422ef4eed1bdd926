// The semaphore algorithm, written once over a platform of atomics and futex. The state machine with its reasoning is
// docs/semaphores.md; the names here are those of its table.
//
// A platform provides, for one semaphore:
//   std::uint64_t load()                                     the state, acquire
//   bool exchange(std::uint64_t &expected, std::uint64_t to)  compare and exchange, acquire and release; on failure
//                                                             `expected` is what was found
//   bool wake_one()                        wakes whoever has slept longest on the low half; whether there was anybody
//   Slept sleep_while(std::uint32_t word)  sleeps while the low half is `word`, or until the platform's deadline
#pragma once

#include <cstdint>

namespace chorus::sync {

enum class Slept { woken, changed, timed_out, interrupted };
enum class Wait { no, yes };
enum class Result { ok, timed_out, not_a_semaphore, full };

namespace state {
// Low half, the futex word: tokens, or flags. High half, the round: how often the door was closed, so that a poster can
// tell that it has stayed closed since.
inline constexpr std::uint64_t tokens_max = 0x3fff'ffff;
inline constexpr std::uint64_t posting = 0x4000'0000;   // nobody may fall asleep: a poster is about to add a token
inline constexpr std::uint64_t sleepers = 0x8000'0000;  // somebody may sleep
inline constexpr std::uint64_t closed = sleepers | posting;
inline constexpr std::uint64_t word_mask = 0xffff'ffff;
inline constexpr std::uint64_t round = std::uint64_t{1} << 32;

constexpr std::uint64_t word(std::uint64_t value) {
    return value & word_mask;
}
constexpr std::uint64_t with_word(std::uint64_t value, std::uint64_t low) {
    return (value & ~word_mask) | low;
}
}  // namespace state

// The first step of `take`, for when nobody sleeps: takes a token that is there, if no other thread interferes.
template <class Platform>
inline bool take_open(Platform &platform, std::uint64_t &seen) {
    // 1 to tokens_max: open, nobody sleeps
    return state::word(seen) - 1 < state::tokens_max && platform.exchange(seen, seen - 1);
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
        const std::uint64_t word = state::word(seen);
        if (word - 1 < state::tokens_max) continue;  // another thread was quicker
        if (word != 0 && word != state::sleepers && word != state::closed) return Result::not_a_semaphore;
        if (wait == Wait::no) return Result::timed_out;
        // Announces a sleeper, or opens the door that a poster closed: it will look again.
        const std::uint64_t waiting = state::with_word(seen, state::sleepers);
        if (seen != waiting && !platform.exchange(seen, waiting)) continue;
        switch (platform.sleep_while(static_cast<std::uint32_t>(state::sleepers))) {
            case Slept::woken:
                return Result::ok;  // to be woken is to be given the token
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
        const std::uint64_t word = state::word(seen);
        if (word < state::tokens_max) continue;  // another thread was quicker
        if (word == state::tokens_max) return Result::full;
        if (word != state::sleepers && word != state::closed) return Result::not_a_semaphore;
        if (platform.wake_one()) return Result::ok;
        // Nobody slept just now, but somebody may since. Close the door, look once more, and only then add the token.
        if (word == state::sleepers) {
            const std::uint64_t closed = state::with_word(seen, state::closed) + state::round;
            if (!platform.exchange(seen, closed)) continue;
            seen = closed;
        }
        if (platform.wake_one()) return Result::ok;
        if (platform.exchange(seen, state::with_word(seen, 1))) return Result::ok;
    }
}

}  // namespace chorus::sync
