// Who a thread is, as the system numbers threads: asked for once.
#pragma once

#include <sync/chSemQuick.h>
#include <unistd.h>

#include <cstdint>

namespace chorus::client {

inline std::uint32_t this_thread_id() {
    if (_chorusThread == 0) _chorusThread = static_cast<std::uint32_t>(gettid());
    return _chorusThread;
}
// In a forked child, whose one thread is another than the one it was copied from.
inline void forget_thread_id() {
    _chorusThread = 0;
}

}  // namespace chorus::client
