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
//   std::uint32_t round()                  a number that no poster of this semaphore has had, of 24 bits
#pragma once

#include <sync/chSemQuick.h>

#include <cstdint>

namespace chorus::sync {

enum class Slept { woken, changed, timed_out, interrupted };
enum class Wait { no, yes };
enum class Result { ok, timed_out, not_a_semaphore, full };

namespace state {
// Low half, the futex word: tokens, or flags, and in a closed one the round. High half: how many threads have announced
// that they may sleep, and have not left since; the dead among them are never taken off.
inline constexpr std::uint64_t tokens_max = K_KNSEM_COUNTMAX;
inline constexpr std::uint64_t posting = 0x4000'0000;   // nobody may fall asleep: a poster is about to add a token
inline constexpr std::uint64_t sleepers = 0x8000'0000;  // somebody may sleep
inline constexpr std::uint64_t closed = sleepers | posting;
inline constexpr std::uint64_t round_max = 0xff'ffff;
inline constexpr std::uint64_t word_mask = 0xffff'ffff;
inline constexpr std::uint64_t announcement = std::uint64_t{1} << 32;

constexpr std::uint64_t word(std::uint64_t value) {
    return value & word_mask;
}
constexpr std::uint64_t with_word(std::uint64_t value, std::uint64_t low) {
    return (value & ~word_mask) | low;
}
constexpr std::uint64_t announced(std::uint64_t value) {
    return value / announcement;
}
constexpr bool is_open(std::uint64_t value) {
    return word(value) <= tokens_max;
}
constexpr bool is_waiting(std::uint64_t value) {
    return word(value) == sleepers;
}
constexpr bool is_closed(std::uint64_t value) {
    return (word(value) & ~round_max) == closed;
}
constexpr bool is_state(std::uint64_t value) {
    return is_open(value) || is_waiting(value) || is_closed(value);
}
}  // namespace state

// The first step of `take`, for when nobody sleeps: takes a token that is there, if no other thread interferes. A
// thread that has announced itself takes that back in the same step. <sync/chSemQuick.h> puts this step of both into
// programs.
template <class Platform>
inline bool take_open(Platform &platform, std::uint64_t &seen, std::uint64_t announcement = 0) {
    return _chorusHasToken(seen) != 0 && platform.exchange(seen, seen - 1 - announcement);
}

// The same of `give`: adds a token where there is room.
template <class Platform>
inline bool give_open(Platform &platform, std::uint64_t &seen) {
    return _chorusHasRoom(seen) != 0 && platform.exchange(seen, seen + 1);
}

// Takes back an announcement. The last one to do so knows that nobody sleeps.
template <class Platform>
void leave(Platform &platform) {
    std::uint64_t seen = platform.load();
    while (state::is_state(seen) && state::announced(seen) > 0) {
        const bool last = state::is_waiting(seen) && state::announced(seen) == 1;
        if (platform.exchange(seen, last ? 0 : seen - state::announcement)) return;
    }
}

// P: takes a token. Blocks, with Wait::yes, until there is one or the platform's deadline passes.
template <class Platform>
Result take(Platform &platform, Wait wait) {
    std::uint64_t seen = platform.load();
    std::uint64_t announcement = 0;  // of this thread
    for (;;) {
        if (take_open(platform, seen, announcement)) return Result::ok;
        if (!state::is_state(seen)) return Result::not_a_semaphore;
        if (state::is_open(seen) && state::word(seen) != 0) continue;  // another thread was quicker
        if (wait == Wait::no) return Result::timed_out;
        // While nobody sleeps, whoever is awake may have the next token.
        if (state::is_open(seen) && platform.changes(seen)) continue;
        // Announces a sleeper, or opens the door that a poster closed: it will look again.
        const std::uint64_t waiting = state::with_word(seen, state::sleepers) - announcement + state::announcement;
        if (seen != waiting && !platform.exchange(seen, waiting)) continue;
        announcement = state::announcement;
        switch (platform.sleep_while(static_cast<std::uint32_t>(state::sleepers))) {
            case Slept::woken:  // to be woken is to be given the token
                leave(platform);
                return Result::ok;
            case Slept::timed_out:
                leave(platform);
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
        if (state::is_waiting(seen)) {
            const std::uint64_t closed = state::with_word(seen, state::closed | platform.round());
            if (!platform.exchange(seen, closed)) continue;
            seen = closed;
        }
        if (platform.wake_one()) return Result::ok;
        if (platform.exchange(seen, state::with_word(seen, 1))) return Result::ok;
    }
}

}  // namespace chorus::sync
