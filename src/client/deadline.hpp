// How long a reply of the kernel is waited for.
#pragma once

#include <time.h>

#include <cstdlib>

namespace chorus::client {

inline long reply_timeout_ms() {
    if (const char *set = std::getenv("CHORUS_TIMEOUT_MS"))
        if (const long value = std::strtol(set, nullptr, 10); value > 0) return value;
    return 10'000;
}

inline timespec deadline_in(long milliseconds) {
    timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += milliseconds / 1000;
    deadline.tv_nsec += milliseconds % 1000 * 1'000'000;
    if (deadline.tv_nsec >= 1'000'000'000) {
        deadline.tv_nsec -= 1'000'000'000;
        ++deadline.tv_sec;
    }
    return deadline;
}

inline long milliseconds_until(const timespec &deadline) {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (deadline.tv_sec - now.tv_sec) * 1000 + (deadline.tv_nsec - now.tv_nsec) / 1'000'000;
}

}  // namespace chorus::client
