// Who a thread is, as the system numbers threads: asked for once.
#pragma once

#include <unistd.h>

#include <cstdint>

namespace chorus::client {

// 0 where this thread has not asked yet. Initial-exec: read by calls that are too quick for a look-up.
extern __attribute__((tls_model("initial-exec"))) thread_local constinit std::uint32_t noted_thread_id;

inline std::uint32_t this_thread_id() {
    if (noted_thread_id == 0) noted_thread_id = static_cast<std::uint32_t>(gettid());
    return noted_thread_id;
}
// In a forked child, whose one thread is another than the one it was copied from.
inline void forget_thread_id() {
    noted_thread_id = 0;
}

}  // namespace chorus::client
