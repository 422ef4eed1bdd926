// The region calls of <mem/chMem.h>, each for both widths of addresses.
#include <mem/chMem.h>
#include <unistd.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "client/encode.hpp"
#include "client/export.hpp"
#include "client/keep_errno.hpp"
#include "client/list.hpp"
#include "client/session.hpp"
#include "client/user_memory.hpp"
#include "memory/window.hpp"

using namespace chorus::client;
namespace wire = chorus::wire;
namespace memory = chorus::memory;

namespace {

// KnRgnDesc and KnRgnStat as a program with CHORUS_VM_BITS 64 sees them.
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

template <class Desc>
void encode_region(const Desc &desc, wire::Request &request) {
    request.region = {desc.startAddr, desc.size,   desc.endAddr, reinterpret_cast<std::uint64_t>(desc.opaque1),
                      desc.options,   desc.opaque2};
    if constexpr (std::is_same_v<Desc, WideRgnDesc>) request.flags |= wire::flag::wide;
}

// A descriptor whose startAddr is written only with K_ANYWHERE: otherwise it may lie in memory that cannot be written.
template <class Desc>
bool usable(Arguments &arguments, const Desc *desc) {
    if (arguments.writable(desc, sizeof *desc)) return true;
    return arguments.readable(desc, sizeof *desc) && (desc->options & K_ANYWHERE) == 0;
}

int install(const wire::Reply &reply, const wire::Descriptor &descriptor) {
    const wire::Region &mapping = reply.mapping;
    const auto access = (mapping.options & K_WRITABLE) != 0 ? memory::Access::read_write : memory::Access::read_only;
    if (!descriptor) return K_ENOMEM;  // no room for another descriptor in this process
    return memory::map_segment({mapping.start, mapping.size_bytes}, descriptor.get(), reply.offset, access);
}

// Maps what the kernel has placed at the address of `first`: `size_bytes` in one or more pieces. Where that fails
// half-way, all of it is taken back.
int install_all(Session &session, wire::Reply reply, wire::Descriptor descriptor, std::uint64_t size_bytes) {
    const std::uint64_t start = reply.mapping.start;
    int status = install(reply, descriptor);
    for (std::uint64_t done = reply.mapping.size_bytes; status == K_OK && done < size_bytes;
         done += reply.mapping.size_bytes) {
        wire::Request request{};
        request.region.start = start + done;
        status = session.call(wire::CallCode::find_mapping, request, reply, &descriptor);
        if (status == K_OK) status = install(reply, descriptor);
    }
    if (status == K_OK) return K_OK;
    wire::Request undo{};
    undo.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
    undo.region.start = start;
    undo.region.size_bytes = size_bytes;
    session.call(wire::CallCode::free_regions, undo, reply);
    memory::restore_reservation({start, size_bytes});
    return K_ENOMEM;
}

std::uint64_t whole_pages(std::uint64_t size_bytes) {
    const auto page = static_cast<std::uint64_t>(vmPageSize());
    return (size_bytes + page - 1) / page * page;
}

// Makes a call that places regions, maps them, and reports where.
template <class Desc>
int place(wire::CallCode code, wire::Request &request, Desc *desc) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    wire::Reply reply;
    wire::Descriptor descriptor;
    if (const int status = session.call(code, request, reply, &descriptor); status != K_OK) return status;
    const std::uint64_t start = reply.mapping.start;
    const int status = install_all(session, reply, std::move(descriptor), whole_pages(request.region.size_bytes));
    if (status == K_OK && (request.region.options & K_ANYWHERE) != 0)
        desc->startAddr = static_cast<decltype(desc->startAddr)>(start);
    return status;
}

template <class Desc>
int allocate(const KnCap *actorcap, Desc *desc) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !usable(arguments, desc)) return K_EFAULT;
    encode_region(*desc, request);
    return place(wire::CallCode::allocate_region, request, desc);
}

template <class Desc>
int map_from_actor(const KnCap *target, Desc *desc, const KnCap *source, const Desc *source_desc) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, target, request.target) != K_OK || !usable(arguments, desc)) return K_EFAULT;
    if (encode_actor(arguments, source, request.source) != K_OK ||
        !arguments.readable(source_desc, sizeof *source_desc))
        return K_EFAULT;
    encode_region(*desc, request);
    request.source_start = source_desc->startAddr;
    request.source_size_bytes = source_desc->size;
    return place(wire::CallCode::map_from_actor, request, desc);
}

// A range of which this process has the reservation.
bool in_window(std::uint64_t start, std::uint64_t size_bytes) {
    const auto inside = [&](std::uint64_t from, std::uint64_t to) {
        return start >= from && start < to && size_bytes <= to - start;
    };
    return inside(wire::user_start, wire::user_end) || inside(wire::high_start, wire::high_end);
}

template <class Desc>
int free_regions(const KnCap *actorcap, const Desc *desc) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply;
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !arguments.readable(desc, sizeof *desc))
        return K_EFAULT;
    encode_region(*desc, request);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    if ((request.region.options & K_FREEALL) != 0) {
        const int status = session.call(wire::CallCode::free_regions, request, reply);
        return status == K_OK ? session.unmap_all() : status;
    }
    const std::uint64_t page = static_cast<std::uint64_t>(vmPageSize());
    const memory::Span span{request.region.start, whole_pages(request.region.size_bytes)};
    const bool sound = span.start % page == 0 && span.size_bytes > 0 && in_window(span.start, span.size_bytes);
    if (sound && !session.prepare_unmap(span)) {
        // The last rung of all: what is wrong with the call itself comes first, and a question changes nothing.
        const int status = session.call(wire::CallCode::list_regions, request, reply);
        return status == K_OK ? K_ENOMEM : status;
    }
    const int status = session.call(wire::CallCode::free_regions, request, reply);
    if (status == K_OK) return session.unmap(span);
    if (sound) session.unprepare_unmap(span);
    return status;
}

template <class Desc, class Stat>
int list_regions(const KnCap *actorcap, const Desc *desc, Stat *stat, unsigned int buffsize) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !arguments.readable(desc, sizeof *desc))
        return K_EFAULT;
    if (buffsize > 0 && !arguments.writable(stat, buffsize)) return K_EFAULT;
    encode_region(*desc, request);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    std::vector<wire::RegionRow> rows;
    const auto list = [&](wire::Reply &reply, wire::Descriptor &file) {
        return session.call(wire::CallCode::list_regions, request, reply, &file);
    };
    if (const int status = read_list(list, rows); status != K_OK) return status;
    const std::size_t fitting = std::min<std::size_t>(rows.size(), buffsize / sizeof *stat);
    for (std::size_t i = 0; i < fitting; ++i) {
        const wire::Region &region = rows[i].region;
        stat[i] = {static_cast<decltype(stat->startAddr)>(region.start),
                   static_cast<decltype(stat->size)>(region.size_bytes), region.options, region.opaque2,
                   reinterpret_cast<void *>(region.opaque1)};
    }
    return static_cast<int>(rows.size());
}

}  // namespace

static_assert(CHORUS_VM_BITS == 32);

CHORUS_EXPORT int rgnAllocate(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return allocate(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnAllocate64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return allocate(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnFree(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return free_regions(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnFree64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return free_regions(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnMapFromActor(KnCap *tgtactorcap, KnRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                  KnRgnDesc *srcrgndesc) {
    return map_from_actor(tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnMapFromActor64(KnCap *tgtactorcap, WideRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                    WideRgnDesc *srcrgndesc) {
    return map_from_actor(tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnStat(KnCap *actorcap, KnRgnDesc *rgndesc, KnRgnStat *stat, unsigned int buffsize) {
    return list_regions(actorcap, rgndesc, stat, buffsize);
}

CHORUS_EXPORT int rgnStat64(KnCap *actorcap, WideRgnDesc *rgndesc, WideRgnStat *stat, unsigned int buffsize) {
    return list_regions(actorcap, rgndesc, stat, buffsize);
}

CHORUS_EXPORT int vmPageSize(void) {
    static const int size_bytes = static_cast<int>(sysconf(_SC_PAGESIZE));
    return size_bytes;
}
