// The region calls of <mem/chMem.h>, each for both widths of addresses.
#include <mem/chMem.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "client/encode.hpp"
#include "client/export.hpp"
#include "client/keep_errno.hpp"
#include "client/list.hpp"
#include "client/session.hpp"
#include "client/user_memory.hpp"
#include "client/wide.hpp"
#include "memory/window.hpp"

using namespace chorus::client;
namespace wire = chorus::wire;
namespace memory = chorus::memory;

namespace {

// Maps what the kernel has placed in one range of this actor, from its reply on.
int install(Session &session, const wire::Reply &reply, wire::Descriptor descriptor, const memory::Span &span) {
    session.turns().begin(reply.turn);
    Mapping first{reply.mapping, reply.offset, std::move(descriptor)};
    const Fetch fetch = [&](const memory::Span &part, Mapping &mapping) { return session.fetch(part, mapping); };
    // Without a descriptor there was no room for it in this process.
    const int status = first.descriptor ? session.follower().map(span, first, fetch) : K_ENOMEM;
    session.turns().end(reply.turn);
    return status == K_OK ? K_OK : K_ENOMEM;
}

// A turn in which nothing is mapped.
void let_pass(Session &session, const wire::Reply &reply) {
    session.turns().begin(reply.turn);
    session.turns().end(reply.turn);
}

// Frees what the kernel has placed, mapped here or not.
void take_back(Session &session, const memory::Span &span) {
    wire::Request undo{};
    wire::Reply undone{};
    undo.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
    undo.region.start = span.start;
    undo.region.size_bytes = span.size_bytes;
    const int status = session.call(wire::CallCode::free_regions, undo, undone);
    session.turns().begin(undone.turn);
    if (status == K_OK && undone.turn != 0)
        session.follower().unmap(span);  // not before: until then others may have it mapped anew
    session.turns().end(undone.turn);
}

std::uint64_t whole_pages(std::uint64_t size_bytes) {
    const auto page = static_cast<std::uint64_t>(vmPageSize());
    return (size_bytes + page - 1) / page * page;
}

// Makes a call that places regions, maps them if they are this actor's, and reports where.
template <class Desc>
int place(wire::CallCode code, wire::Request &request, Desc *desc) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    wire::Reply reply{};
    wire::Descriptor descriptor;
    int status = session.call(code, request, reply, &descriptor);
    if (status != K_OK) {
        let_pass(session, reply);  // the turn that it would have had
        return status;
    }
    const memory::Span placed{reply.mapping.start, whole_pages(request.region.size_bytes)};
    if (reply.turn != 0) {
        status = install(session, reply, std::move(descriptor), placed);
        if (status != K_OK) take_back(session, placed);
    }
    if (status == K_OK && (request.region.options & chosen) != 0)
        desc->startAddr = static_cast<decltype(desc->startAddr)>(placed.start);
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

// One region after the other in this actor, asked for ahead, so that the kernel makes some while this process maps
// others. All of them or none.
int allocate_each(WideRgnDesc *descs, unsigned count) {
    constexpr unsigned ahead_max = 8;                      // fewer than wait in a socket at most
    constexpr std::uint64_t prefaulted_max = 16UL * 1024;  // the kernel takes longer to make one than this to touch it
    const KeepErrno kept;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    Channel &channel = session.channel();
    std::vector<memory::Span> placed;
    placed.reserve(count);
    int status = session.ensure_actor();
    unsigned asked = 0;
    for (unsigned answered = 0; status == K_OK ? answered < count : answered < asked; ++answered) {
        for (; status == K_OK && asked < count && asked < answered + ahead_max; ++asked) {
            wire::Request request{};
            request.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
            encode_region(descs[asked], request);
            if (channel.send(wire::CallCode::allocate_region, request) != K_OK) return K_EFAIL;
        }
        wire::Reply reply{};
        wire::Descriptor descriptor;
        int one = channel.receive(reply, &descriptor, asked - 1 - answered);
        if (!channel.open()) return K_EFAIL;
        if (one == K_OK) {
            placed.push_back({reply.mapping.start, whole_pages(descs[answered].size)});
            descs[answered].startAddr = reply.mapping.start;
            if (reply.turn != 0) one = install(session, reply, std::move(descriptor), placed.back());
            if (one == K_OK && placed.back().size_bytes <= prefaulted_max) memory::prefault(placed.back());
        } else {
            let_pass(session, reply);
        }
        if (status == K_OK) status = one;
    }
    if (status == K_OK) return K_OK;
    for (const memory::Span &span : placed)
        take_back(session, span);
    return status;
}

// rgnMapFromActor and rgnInitFromActor.
template <class Desc>
int place_from_actor(wire::CallCode code, const KnCap *target, Desc *desc, const KnCap *source,
                     const Desc *source_desc) {
    const KeepErrno kept;
    wire::Request request{};
    const int status = encode_between(target, desc, source, source_desc, request);
    return status == K_OK ? place(code, request, desc) : status;
}

template <class Desc>
int map_physical(const KnCap *actorcap, Desc desc, PhAddr physaddr) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    encode_region(desc, request);
    request.source_start = physaddr;
    return place(wire::CallCode::map_physical, request, &desc);
}

// K_OK for a supervisor actor that names an actor well, which any question to the kernel tells.
int check_supervisor(const wire::Actor &named) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    if (const int status = session.ensure_actor(); status != K_OK) return status;
    wire::Request question{};
    wire::Reply reply{};
    question.target = named;
    const bool actor = named.kind != static_cast<std::uint32_t>(wire::ActorKind::supervisor_space);
    if (actor)
        if (const int status = session.call(wire::CallCode::actor_privilege, question, reply); status != K_OK)
            return status;
    return session.supervisor() ? K_OK : K_EPRIV;
}

template <class Desc, class Address, class Size>
int allocate_pages(Address *addr, Size size, VmFlags flags, const KnCap *actorcap) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (!arguments.writable(addr, sizeof *addr) || encode_actor(arguments, actorcap, request.target) != K_OK)
        return K_EFAULT;
    if (const int status = check_supervisor(request.target); status != K_OK) return status;
    if ((flags & ~(K_WRITABLE | K_NODEMAND | K_NOWAITFORMEMORY)) != 0) return K_EINVAL;
    Desc desc{};
    desc.size = size;
    desc.options = flags | K_WRITABLE | K_ANYWHERE;
    const int status = allocate(K_SVACTOR, &desc);
    if (status == K_OK) *addr = desc.startAddr;
    return status;
}

// Makes a call that changes regions and places none.
int change(wire::CallCode code, wire::Request &request) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    wire::Reply reply{};
    return session.call(code, request, reply);
}

// A range of which this process has the reservation.
bool in_window(std::uint64_t start, std::uint64_t size_bytes) {
    const auto inside = [&](std::uint64_t from, std::uint64_t to) {
        return start >= from && start < to && size_bytes <= to - start;
    };
    return inside(wire::user_start, wire::user_end) || inside(wire::user_end, wire::supervisor_end) ||
           inside(wire::high_start, wire::high_end);
}

// Frees regions of this actor itself, with the lock held.
int free_own(Session &session, wire::Request &request) {
    wire::Reply reply{};
    const Follower &follower = session.follower();
    const bool all = (request.region.options & K_FREEALL) != 0;
    const auto page = static_cast<std::uint64_t>(vmPageSize());
    const memory::Span span{request.region.start, whole_pages(request.region.size_bytes)};
    const bool sound = !all && span.start % page == 0 && span.size_bytes > 0 && in_window(span.start, span.size_bytes);
    if (sound && !follower.prepare(span)) {
        // The last rung of all: what is wrong with the call itself comes first, and a question changes nothing.
        const int status = session.call(wire::CallCode::list_regions, request, reply);
        return status == K_OK ? K_ENOMEM : status;
    }
    int status = session.call(wire::CallCode::free_regions, request, reply);
    session.turns().begin(reply.turn);
    if (status == K_OK && reply.turn != 0 && all) {
        status = follower.unmap({wire::user_start, wire::user_end - wire::user_start});
        const int high = follower.unmap({wire::high_start, wire::high_end - wire::high_start});
        if (status == K_OK) status = high;
    } else if (status == K_OK && reply.turn != 0) {
        status = follower.unmap(span);
    } else if (sound) {
        follower.unprepare(span);
    }
    session.turns().end(reply.turn);
    return status;
}

template <class Desc>
int free_regions(const KnCap *actorcap, const Desc *desc) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !arguments.readable(desc, sizeof *desc))
        return K_EFAULT;
    encode_region(*desc, request);
    Session &session = Session::of_process();
    const auto locked = session.lock();
    return free_own(session, request);
}

int free_pages(std::uint64_t addr, std::uint64_t size_bytes) {
    const KeepErrno kept;
    wire::Request request{};
    request.target.kind = static_cast<std::uint32_t>(wire::ActorKind::supervisor_space);
    request.region.start = addr;
    request.region.size_bytes = size_bytes;
    if (const int status = check_supervisor(request.target); status != K_OK) return status;
    Session &session = Session::of_process();
    const auto locked = session.lock();
    return free_own(session, request);
}

template <class Desc>
int set_attribute(wire::Attribute attribute, const KnCap *actorcap, const Desc *desc) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !arguments.readable(desc, sizeof *desc))
        return K_EFAULT;
    encode_region(*desc, request);
    request.value = static_cast<std::uint32_t>(attribute);
    return change(wire::CallCode::set_attribute, request);
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

CHORUS_EXPORT int rgnAllocate(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return allocate(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnAllocate64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return allocate(actorcap, rgndesc);
}

// For Region::allocate_each of <chorus/region.hpp>.
CHORUS_EXPORT int _chorusAllocateEach(WideRgnDesc *descs, unsigned count) {
    return allocate_each(descs, count);
}

CHORUS_EXPORT int rgnFree(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return free_regions(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnFree64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return free_regions(actorcap, rgndesc);
}

CHORUS_EXPORT int rgnMapFromActor(KnCap *tgtactorcap, KnRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                  KnRgnDesc *srcrgndesc) {
    return place_from_actor(wire::CallCode::map_from_actor, tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnMapFromActor64(KnCap *tgtactorcap, WideRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                    WideRgnDesc *srcrgndesc) {
    return place_from_actor(wire::CallCode::map_from_actor, tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnInitFromActor(KnCap *tgtactorcap, KnRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                   KnRgnDesc *srcrgndesc) {
    return place_from_actor(wire::CallCode::copy_from_actor, tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnInitFromActor64(KnCap *tgtactorcap, WideRgnDesc *tgtrgndesc, KnCap *srcactorcap,
                                     WideRgnDesc *srcrgndesc) {
    return place_from_actor(wire::CallCode::copy_from_actor, tgtactorcap, tgtrgndesc, srcactorcap, srcrgndesc);
}

CHORUS_EXPORT int rgnSetProtect(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::protection, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetProtect64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::protection, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetInherit(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::inheritance, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetInherit64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::inheritance, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetPaging(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::paging, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetPaging64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::paging, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetOpaque(KnCap *actorcap, KnRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::opaque, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnSetOpaque64(KnCap *actorcap, WideRgnDesc *rgndesc) {
    return set_attribute(wire::Attribute::opaque, actorcap, rgndesc);
}

CHORUS_EXPORT int rgnStat(KnCap *actorcap, KnRgnDesc *rgndesc, KnRgnStat *stat, unsigned int buffsize) {
    return list_regions(actorcap, rgndesc, stat, buffsize);
}

CHORUS_EXPORT int rgnStat64(KnCap *actorcap, WideRgnDesc *rgndesc, WideRgnStat *stat, unsigned int buffsize) {
    return list_regions(actorcap, rgndesc, stat, buffsize);
}

CHORUS_EXPORT int rgnDup(KnCap *tgtactorcap, KnCap *srcactorcap, VmFlags flags) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    if (encode_actor(arguments, tgtactorcap, request.target) != K_OK ||
        encode_actor(arguments, srcactorcap, request.source) != K_OK)
        return K_EFAULT;
    request.value = flags;
    return change(wire::CallCode::duplicate_regions, request);
}

CHORUS_EXPORT int vmMapToPhys(KnCap *actorcap, VmAddr addr, PhAddr physaddr, VmSize size, VmFlags flags) {
    return map_physical(actorcap, KnRgnDesc{addr, size, flags, 0, nullptr, 0}, physaddr);
}

CHORUS_EXPORT int vmMapToPhys64(KnCap *actorcap, unsigned long addr, PhAddr physaddr, unsigned long size,
                                VmFlags flags) {
    return map_physical(actorcap, WideRgnDesc{addr, size, flags, 0, nullptr, 0}, physaddr);
}

CHORUS_EXPORT int svPagesAllocate(VmAddr *addr, VmSize size, VmFlags flags, KnCap *actorcap) {
    return allocate_pages<KnRgnDesc>(addr, size, flags, actorcap);
}

CHORUS_EXPORT int svPagesAllocate64(unsigned long *addr, unsigned long size, VmFlags flags, KnCap *actorcap) {
    return allocate_pages<WideRgnDesc>(addr, size, flags, actorcap);
}

CHORUS_EXPORT int svPagesFree(VmAddr addr, VmSize size) {
    return free_pages(addr, size);
}

CHORUS_EXPORT int svPagesFree64(unsigned long addr, unsigned long size) {
    return free_pages(addr, size);
}
