// The vm* and sv* calls of <mem/chMem.h> and <mem/chVm.h>, each for both widths of addresses.
#include <mem/chMem.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "client/encode.hpp"
#include "client/export.hpp"
#include "client/keep_errno.hpp"
#include "client/session.hpp"
#include "client/user_memory.hpp"
#include "client/wide.hpp"

using namespace chorus::client;
namespace wire = chorus::wire;

namespace {

// As an actor.
int call(wire::CallCode code, wire::Request &request, wire::Reply &reply) {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    return session.call(code, request, reply);
}

int copy(const KnCap *source, std::uint64_t source_address, const KnCap *target, std::uint64_t target_address,
         std::uint64_t size_bytes, VmFlags flags) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, source, request.source) != K_OK ||
        encode_actor(arguments, target, request.target) != K_OK)
        return K_EFAULT;
    request.source_start = source_address;
    request.region.start = target_address;
    request.region.size_bytes = size_bytes;
    request.value = flags;
    return call(wire::CallCode::copy_memory, request, reply);
}

// vmLock, vmUnLock, vmFree.
int on_pages(wire::CallCode code, const KnCap *actorcap, std::uint64_t address, std::uint64_t size_bytes,
             VmFlags flags) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK) return K_EFAULT;
    request.region.start = address;
    request.region.size_bytes = size_bytes;
    request.region.options = flags;
    return call(code, request, reply);
}

int find_physical(const KnCap *actorcap, std::uint64_t address, PhAddr *physaddr) {
    const KeepErrno kept;
    Arguments arguments;
    wire::Request request{};
    wire::Reply reply{};
    if (encode_actor(arguments, actorcap, request.target) != K_OK || !arguments.writable(physaddr, sizeof *physaddr))
        return K_EFAULT;
    request.region.start = address;
    const int status = call(wire::CallCode::find_physical, request, reply);
    if (status == K_OK) *physaddr = reply.unique_id;
    return status;
}

// What does not fit into the type comes out as the largest number of whole pages that does.
template <class Number>
Number fitting(std::uint64_t value) {
    const std::uint64_t largest = std::numeric_limits<Number>::max() / vmPageSize() * vmPageSize();
    return static_cast<Number>(std::min(value, largest));
}

template <class Stat>
int memory_state(Stat *stat) {
    const KeepErrno kept;
    if (!writable(stat, sizeof *stat)) return K_EFAULT;
    wire::Request request{};
    wire::Reply reply{};
    if (const int status = call(wire::CallCode::inspect_memory, request, reply); status != K_OK) return status;
    using Size = decltype(stat->hostMem);
    Stat state{};
    state.par.redMark = fitting<Size>(reply.unique_id);
    state.par.orangeMark = fitting<Size>(reply.key);
    state.par.greenMark = fitting<Size>(reply.offset);
    state.par.usrStartAddr = wire::user_start;
    state.par.usrEndAddr = wire::user_end;
    state.par.svStartAddr = wire::user_end;
    state.par.svEndAddr = wire::supervisor_end;
    state.par.maxOffset = static_cast<VmOffset>(wire::high_end - wire::high_start);
    state.hostMem = fitting<Size>(reply.mapping.start);
    state.freeMem = fitting<Size>(reply.mapping.size_bytes);
    state.lockMem = fitting<Size>(reply.mapping.opaque1);
    *stat = state;
    return K_OK;
}

template <class Parameters>
int set_marks(const Parameters *par) {
    const KeepErrno kept;
    if (!readable(par, sizeof *par)) return K_EFAULT;
    wire::Request request{};
    wire::Reply reply{};
    request.source_start = par->redMark;
    request.source_size_bytes = par->orangeMark;
    request.region.start = par->greenMark;
    return call(wire::CallCode::set_marks, request, reply);
}

int only_supervisor() {
    Session &session = Session::of_process();
    const auto locked = session.lock();
    if (const int status = session.ensure_actor(); status != K_OK) return status;
    return session.supervisor() ? K_OK : K_EPRIV;
}

// Both pointers are this process's own.
int copy_checked(const void *from, void *to, std::uint64_t size_bytes) {
    const KeepErrno kept;
    if (size_bytes > 0 && (!readable(from, size_bytes) || !writable(to, size_bytes))) return K_EFAULT;
    if (const int status = only_supervisor(); status != K_OK) return status;
    std::memmove(to, from, size_bytes);
    return K_OK;
}

int copy_string(const char *from, char *to, std::uint64_t size_bytes) {
    const KeepErrno kept;
    if (!readable_string(from, size_bytes) || (size_bytes > 0 && !writable(to, size_bytes))) return K_EFAULT;
    if (const int status = only_supervisor(); status != K_OK) return status;
    const std::size_t length = strnlen(from, size_bytes);
    if (length == size_bytes) return K_ENOMEM;
    std::memmove(to, from, length + 1);
    return K_OK;
}

}  // namespace

CHORUS_EXPORT int vmPageSize(void) {
    static const int size_bytes = static_cast<int>(sysconf(_SC_PAGESIZE));
    return size_bytes;
}

CHORUS_EXPORT int vmCopy(KnCap *srcactorcap, VmAddr srcaddr, KnCap *dstactorcap, VmAddr dstaddr, VmSize size,
                         VmFlags flags) {
    return copy(srcactorcap, srcaddr, dstactorcap, dstaddr, size, flags);
}

CHORUS_EXPORT int vmCopy64(KnCap *srcactorcap, unsigned long srcaddr, KnCap *dstactorcap, unsigned long dstaddr,
                           unsigned long size, VmFlags flags) {
    return copy(srcactorcap, srcaddr, dstactorcap, dstaddr, size, flags);
}

CHORUS_EXPORT int vmLock(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) {
    return on_pages(wire::CallCode::lock_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmLock64(KnCap *actorcap, unsigned long addr, unsigned long size, VmFlags flags) {
    return on_pages(wire::CallCode::lock_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmUnLock(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) {
    return on_pages(wire::CallCode::unlock_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmUnLock64(KnCap *actorcap, unsigned long addr, unsigned long size, VmFlags flags) {
    return on_pages(wire::CallCode::unlock_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmFree(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) {
    return on_pages(wire::CallCode::discard_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmFree64(KnCap *actorcap, unsigned long addr, unsigned long size, VmFlags flags) {
    return on_pages(wire::CallCode::discard_memory, actorcap, addr, size, flags);
}

CHORUS_EXPORT int vmPhysAddr(KnCap *actorcap, VmAddr addr, PhAddr *physaddr) {
    return find_physical(actorcap, addr, physaddr);
}

CHORUS_EXPORT int vmPhysAddr64(KnCap *actorcap, unsigned long addr, PhAddr *physaddr) {
    return find_physical(actorcap, addr, physaddr);
}

CHORUS_EXPORT int vmStat(KnVmStat *stat) {
    return memory_state(stat);
}

CHORUS_EXPORT int vmStat64(WideVmStat *stat) {
    return memory_state(stat);
}

CHORUS_EXPORT int vmSetPar(KnVmPar *par) {
    return set_marks(par);
}

CHORUS_EXPORT int vmSetPar64(WideVmPar *par) {
    return set_marks(par);
}

CHORUS_EXPORT int svCopyIn(const void *usrsrc, void *svdst, VmSize size) {
    return copy_checked(usrsrc, svdst, size);
}

CHORUS_EXPORT int svCopyIn64(const void *usrsrc, void *svdst, unsigned long size) {
    return copy_checked(usrsrc, svdst, size);
}

CHORUS_EXPORT int svCopyInString(const char *usrsrc, char *svdst, VmSize size) {
    return copy_string(usrsrc, svdst, size);
}

CHORUS_EXPORT int svCopyInString64(const char *usrsrc, char *svdst, unsigned long size) {
    return copy_string(usrsrc, svdst, size);
}

CHORUS_EXPORT int svCopyOut(const void *svsrc, void *usrdst, VmSize size) {
    return copy_checked(svsrc, usrdst, size);
}

CHORUS_EXPORT int svCopyOut64(const void *svsrc, void *usrdst, unsigned long size) {
    return copy_checked(svsrc, usrdst, size);
}
