// Who a thread is, as the system numbers threads: asked for once.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace chorus::client {

// In the high half, as the state of a semaphore has it; 0 where this thread has not asked yet. Initial-exec: read by
// calls that are too quick for a look-up.
extern __attribute__((tls_model("initial-exec"))) thread_local constinit std::uint64_t noted_taker;

inline std::uint64_t this_taker() {
    if (noted_taker == 0) noted_taker = static_cast<std::uint64_t>(gettid()) << 32;
    return noted_taker;
}
inline std::uint32_t this_thread_id() {
    return static_cast<std::uint32_t>(this_taker() >> 32);
}
// In a forked child, whose one thread is another than the one it was copied from.
inline void forget_thread_id() {
    noted_taker = 0;
}

}  // namespace chorus::client
