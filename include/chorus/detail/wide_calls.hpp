// The calls whose C types change with CHORUS_VM_BITS, in their 64-bit form and under names of their own, so that the
// C++ interface is 64-bit in every program, whatever width its C headers have. Not for programs.
#pragma once

#include <exec/chTypes.h>

namespace chorus::detail {

// KnRgnDesc, KnRgnStat, KnVmPar and KnVmStat as a program with CHORUS_VM_BITS 64 sees them.
struct RgnDesc {
    unsigned long startAddr = 0;
    unsigned long size = 0;
    VmFlags options = 0;
    unsigned long endAddr = 0;
    void *opaque1 = nullptr;
    VmFlags opaque2 = 0;
};
struct RgnStat {
    unsigned long startAddr;
    unsigned long size;
    VmFlags options;
    VmFlags opaque2;
    void *opaque1;
};
struct VmPar {
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
struct VmStat {
    VmPar par;
    unsigned long hostMem;
    unsigned long freeMem;
    unsigned long lockMem;
};

// No extern "C": a C name would be the program's as well. The label is the whole name.
int rgn_allocate(KnCap *, RgnDesc *) __asm__("rgnAllocate64");
int allocate_each(RgnDesc *, unsigned int count) __asm__("_chorusAllocateEach");
int rgn_free(KnCap *, RgnDesc *) __asm__("rgnFree64");
int rgn_map_from_actor(KnCap *, RgnDesc *, KnCap *, RgnDesc *) __asm__("rgnMapFromActor64");
int rgn_init_from_actor(KnCap *, RgnDesc *, KnCap *, RgnDesc *) __asm__("rgnInitFromActor64");
int rgn_set_protect(KnCap *, RgnDesc *) __asm__("rgnSetProtect64");
int rgn_set_inherit(KnCap *, RgnDesc *) __asm__("rgnSetInherit64");
int rgn_set_paging(KnCap *, RgnDesc *) __asm__("rgnSetPaging64");
int rgn_set_opaque(KnCap *, RgnDesc *) __asm__("rgnSetOpaque64");
int rgn_stat(KnCap *, RgnDesc *, RgnStat *, unsigned int) __asm__("rgnStat64");

int vm_copy(KnCap *, unsigned long, KnCap *, unsigned long, unsigned long, VmFlags) __asm__("vmCopy64");
int vm_lock(KnCap *, unsigned long, unsigned long, VmFlags) __asm__("vmLock64");
int vm_unlock(KnCap *, unsigned long, unsigned long, VmFlags) __asm__("vmUnLock64");
int vm_free(KnCap *, unsigned long, unsigned long, VmFlags) __asm__("vmFree64");
int vm_phys_addr(KnCap *, unsigned long, PhAddr *) __asm__("vmPhysAddr64");
int vm_map_to_phys(KnCap *, unsigned long, PhAddr, unsigned long, VmFlags) __asm__("vmMapToPhys64");
int vm_stat(VmStat *) __asm__("vmStat64");
int vm_set_par(VmPar *) __asm__("vmSetPar64");

int sv_pages_allocate(unsigned long *, unsigned long, VmFlags, KnCap *) __asm__("svPagesAllocate64");
int sv_pages_free(unsigned long, unsigned long) __asm__("svPagesFree64");
int sv_copy_in(const void *, void *, unsigned long) __asm__("svCopyIn64");
int sv_copy_in_string(const char *, char *, unsigned long) __asm__("svCopyInString64");
int sv_copy_out(const void *, void *, unsigned long) __asm__("svCopyOut64");

}  // namespace chorus::detail
