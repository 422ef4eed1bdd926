// The structures of <mem/chMem.h> and <mem/chVm.h> as a program with CHORUS_VM_BITS 64 sees them. Each call has one
// template for both widths.
#pragma once

#include <mem/chMem.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "client/encode.hpp"
#include "client/user_memory.hpp"
#include "wire/message.hpp"

namespace chorus::client {

static_assert(CHORUS_VM_BITS == 32);

struct WideRgnDesc {
    unsigned long startAddr;
    unsigned long size;
    VmFlags options;
    unsigned long endAddr;
    void *opaque1;
    VmFlags opaque2;
};
struct WideRgnStat {
    unsigned long startAddr;
    unsigned long size;
    VmFlags options;
    VmFlags opaque2;
    void *opaque1;
};
struct WideVmPar {
    KnUniqueId defaultMapper;
    unsigned long redMark;
    unsigned long orangeMark;
    unsigned long greenMark;
    unsigned long usrStartAddr;
    unsigned long usrEndAddr;
    unsigned long svStartAddr;
    unsigned long svEndAddr;
    VmOffset minOffset;
    VmOffset maxOffset;
    unsigned int swapAvailability;
    int swapEnabled;
};
struct WideVmStat {
    WideVmPar par;
    unsigned long hostMem;
    unsigned long freeMem;
    unsigned long lockMem;
};

template <class Desc>
void encode_region(const Desc &desc, wire::Request &request) {
    request.region = {desc.startAddr, desc.size,   desc.endAddr, reinterpret_cast<std::uint64_t>(desc.opaque1),
                      desc.options,   desc.opaque2};
    if constexpr (std::is_same_v<Desc, WideRgnDesc>) request.flags |= wire::flag::wide;
}

// Options with which the kernel chooses the address, and startAddr is written.
inline constexpr VmFlags chosen = K_ANYWHERE | K_RESTRICTIVE;

// A descriptor whose startAddr is written only where the address is chosen: otherwise it may lie in memory that cannot
// be written.
template <class Desc>
bool usable(Arguments &arguments, const Desc *desc) {
    if (arguments.writable(desc, sizeof *desc)) return true;
    return arguments.readable(desc, sizeof *desc) && (desc->options & chosen) == 0;
}

// The arguments of a call that makes a region of one actor from a region of another. K_EFAULT if one cannot be used.
template <class Desc>
int encode_between(const KnCap *target, const Desc *desc, const KnCap *source, const Desc *source_desc,
                   wire::Request &request) {
    Arguments arguments;
    if (encode_actor(arguments, target, request.target) != K_OK || !usable(arguments, desc)) return K_EFAULT;
    if (encode_actor(arguments, source, request.source) != K_OK ||
        !arguments.readable(source_desc, sizeof *source_desc))
        return K_EFAULT;
    encode_region(*desc, request);
    request.source_start = source_desc->startAddr;
    request.source_size_bytes = source_desc->size;
    return K_OK;
}

}  // namespace chorus::client
