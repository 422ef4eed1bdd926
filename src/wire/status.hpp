// The status page of an actor, a file of shared memory: the actor writes it, the kernel reads it. docs/semaphores.md.
#pragma once

#include <cstdint>
#include <type_traits>

namespace chorus::wire {

// A thread that sleeps on a semaphore, or is about to. Written word by word: `thread` first and cleared last,
// `address` last and cleared first.
struct Sleeper {
    std::uint64_t thread;     // as the system numbers threads; 0: a free slot
    std::uint64_t address;    // of the semaphore in the actor; 0: awake
    std::uint64_t since_ns;   // on CLOCK_MONOTONIC: when it began to wait,
    std::uint64_t queued_ns;  // and when it went to the end of the queue, which is later after a signal
};

// Threads beyond these sleep unseen.
inline constexpr std::uint64_t sleepers_max = 512;

struct StatusPage {
    Sleeper sleepers[sleepers_max];
};

static_assert(sizeof(Sleeper) == 32 && sizeof(StatusPage) == 16'384);
static_assert(std::is_trivially_copyable_v<StatusPage>);

}  // namespace chorus::wire
