// What a call comes to. The numbers are those of the K_* codes in <chorus.h> (asserted where both are seen), so that a
// status can travel and be printed as it is.
#pragma once

#include <cstdint>

namespace chorus::kernel {

enum class Status : std::int32_t {
    ok = 0,
    unknown_actor = -3,
    invalid = -4,  // wrong key, malformed flag or time
    not_privileged = -5,
    bad_size = -6,
    misaligned = -7,
    bad_address = -8,
    overlap = -9,
    no_space = -10,
    no_memory = -11,
    busy = -12,
    timed_out = -13,
    aborted = -14,
    not_implemented = -18,
};

}  // namespace chorus::kernel
