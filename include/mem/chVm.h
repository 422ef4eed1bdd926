/*
 * The rest of memory: copying and protecting regions, locking and copying memory, the site's
 * memory, supervisor pages. Programs include <chorus.h> or <mem/chMem.h> instead.
 *
 * Refusals and their order are those of <mem/chMem.h>; every call returns K_OK unless it says more.
 */
#ifndef CHORUS_MEM_CHVM_H
#define CHORUS_MEM_CHVM_H

#include <exec/chTypes.h>
#include <mem/chMem.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Limits of the site's memory, as ChorusOS 5.0 has them (4.0 ends before swapAvailability). */
typedef struct KnVmPar {
    KnUniqueId defaultMapper;
    VmSize redMark; /* bytes of free memory, the three in rising order */
    VmSize orangeMark;
    VmSize greenMark;
    VmAddr usrStartAddr;
    VmAddr usrEndAddr;
    VmAddr svStartAddr;
    VmAddr svEndAddr;
    VmOffset minOffset;
    VmOffset maxOffset;
    unsigned int swapAvailability;
    int swapEnabled;
} KnVmPar;

typedef struct KnVmStat {
    KnVmPar par;
    VmSize hostMem; /* bytes */
    VmSize freeMem;
    VmSize lockMem;
} KnVmStat;

/*
 * Makes regions as rgnMapFromActor does, with a private copy of the source's memory instead of the
 * memory itself: one new region. Only startAddr and size of srcrgndesc are read. Every aligned
 * 8-byte word of the copy is one that the source held during the call. [rgnInitFromActor(2K)]
 */
int rgnInitFromActor(KnCap *tgtactorcap, KnRgnDesc *tgtrgndesc, KnCap *srcactorcap, KnRgnDesc *srcrgndesc)
    CHORUS_VM_SYMBOL(rgnInitFromActor);

/*
 * Gives an actor with no region every region of another at the same address: shared or copied as
 * flags (K_INHERITSHARE or K_INHERITCOPY) says, or for 0 as each region's own options say; those
 * with neither are left out. K_EINVAL an actor of the supervisor space; K_EBUSY the target has
 * regions. [rgnDup(2K)]
 */
int rgnDup(KnCap *tgtactorcap, KnCap *srcactorcap, VmFlags flags);

/*
 * Replace, for all pages in [startAddr, startAddr + size), one group of options by the options
 * given: K_WRITABLE and K_EXECUTABLE; one of K_INHERITSHARE and K_INHERITCOPY, or 0; K_NODEMAND and
 * K_NOWAITFORMEMORY; and the opaque words (options are not looked at). The range may have holes; a
 * region of which it covers a part is split, and neighbours that are equal then become one. K_EBUSY
 * rgnSetProtect of pages that the caller has locked.
 * [rgnSetProtect(2K)] [rgnSetInherit(2K)] [rgnSetPaging(2K)] [rgnSetOpaque(2K)]
 */
int rgnSetProtect(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnSetProtect);
int rgnSetInherit(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnSetInherit);
int rgnSetPaging(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnSetPaging);
int rgnSetOpaque(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnSetOpaque);

/*
 * Copies size bytes from one actor's memory to another's; nothing need be page aligned. flags must
 * be 0. K_EADDR an address of either range is not mapped, or one of the destination not writable.
 * Ranges that share memory and overlap: undefined. [vmCopy(2K)]
 */
int vmCopy(KnCap *srcactorcap, VmAddr srcaddr, KnCap *dstactorcap, VmAddr dstaddr, VmSize size, VmFlags flags)
    CHORUS_VM_SYMBOL(vmCopy);

/*
 * Keep the pages of a range mapped as they are, with their memory present, and let them go again.
 * Address and size are whole pages. flags: 0, or K_WRITABLE for pages that will be written (K_EADDR
 * where they cannot be). rgnFree and rgnSetProtect on them by other actors wait, by the caller they
 * are K_EBUSY. Locks count, and go with the actor that made them. K_EINVAL vmUnLock of what the
 * caller has not locked with this address and size. [vmLock(2K)]
 */
int vmLock(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) CHORUS_VM_SYMBOL(vmLock);
int vmUnLock(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) CHORUS_VM_SYMBOL(vmUnLock);

/*
 * Gives the memory of a range of whole pages back: everybody who maps them reads 0 then; the regions
 * stay. flags must be 0. K_EADDR pages that are not writable; K_EBUSY locked ones. The arguments are
 * ours, after vmLock. [vmFree(2K)]
 */
int vmFree(KnCap *actorcap, VmAddr addr, VmSize size, VmFlags flags) CHORUS_VM_SYMBOL(vmFree);

/*
 * Stores the physical address of a mapped address in *physaddr. It is simulated: equal exactly where
 * the memory is the same. K_EADDR nothing is mapped there. [vmPhysAddr(2K)]
 */
int vmPhysAddr(KnCap *actorcap, VmAddr addr, PhAddr *physaddr) CHORUS_VM_SYMBOL(vmPhysAddr);

/*
 * Maps the memory at a physical address at addr, with options flags as for rgnMapFromActor, but not
 * K_ANYWHERE or K_RESTRICTIVE. For system and supervisor actors (else K_EPRIV). K_EADDR nothing is
 * there. The arguments are ours. [vmMapToPhys(2K)]
 */
int vmMapToPhys(KnCap *actorcap, VmAddr addr, PhAddr physaddr, VmSize size, VmFlags flags)
    CHORUS_VM_SYMBOL(vmMapToPhys);

/* Stores the state of the site's memory in *stat. What does not fit is cut to whole pages that do. [vmStat(2K)] */
int vmStat(KnVmStat *stat) CHORUS_VM_SYMBOL(vmStat);

/*
 * Sets the marks of the site's memory; other fields are not looked at. User actors' allocations that
 * would leave less than redMark free are K_ENOMEM; the other marks are kept only. For system and
 * supervisor actors (else K_EPRIV). K_EINVAL not red <= orange <= green. [vmSetPar(2K)]
 */
int vmSetPar(KnVmPar *par) CHORUS_VM_SYMBOL(vmSetPar);

/*
 * Allocate pages of writable supervisor memory that no actor owns, storing their address in *addr,
 * and free them. flags: K_NODEMAND K_NOWAITFORMEMORY; actorcap is checked and not otherwise used.
 * Supervisor actors only (else K_EPRIV). The arguments of svPagesFree are ours.
 * [svPagesAllocate(2K)] [svPagesFree(2K)]
 */
int svPagesAllocate(VmAddr *addr, VmSize size, VmFlags flags, KnCap *actorcap) CHORUS_VM_SYMBOL(svPagesAllocate);
int svPagesFree(VmAddr addr, VmSize size) CHORUS_VM_SYMBOL(svPagesFree);

/*
 * Copy size bytes, or a string with its NUL in at most size bytes, from the current user space, and
 * size bytes to it. Both pointers are the caller's own. Supervisor actors only (else K_EPRIV).
 * K_EFAULT a bad address at either side; K_ENOMEM the string does not fit. The arguments are ours.
 * [svCopyIn(2K)]
 */
int svCopyIn(const void *usrsrc, void *svdst, VmSize size) CHORUS_VM_SYMBOL(svCopyIn);
int svCopyInString(const char *usrsrc, char *svdst, VmSize size) CHORUS_VM_SYMBOL(svCopyInString);
int svCopyOut(const void *svsrc, void *usrdst, VmSize size) CHORUS_VM_SYMBOL(svCopyOut);

#ifdef __cplusplus
}
#endif

#endif
