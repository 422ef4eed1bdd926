/*
 * Memory: the regions of an actor's address space.
 *
 * A region is a page-aligned range of one actor's addresses that maps shared memory. Sizes are in
 * bytes and are rounded up to whole pages; K_ANYWHERE chooses an address below 2 GiB, so that
 * pointers fit "%x"; a fixed address must lie in a window, CHORUS_USER_START to CHORUS_USER_END
 * (64-bit callers have a second one, high up). All supervisor actors share one address space,
 * 0x6c000000 to 0x7c000000: a call works there if its target is one of them, or K_SVACTOR, or if it
 * makes a region and has K_SUPERVISOR. A region there goes with its owner, the target actor; with
 * K_SVACTOR nobody owns it. Any actor whose capability is given may be the target.
 *
 * Refusals, looked for in this order by every call: K_EFAULT pointer; K_EUNKNOWN no such live
 * actor; K_EINVAL wrong key; K_EPRIV privilege (K_SUPERVISOR or K_SVACTOR from a user actor);
 * K_EINVAL flag the call does not have; K_ESIZE size 0; K_EROUND address not page aligned; K_EADDR
 * range wraps, leaves the windows or, as a source, has a hole; K_EOVERLAP; K_ESPACE no hole big
 * enough; K_ENOMEM; K_EBUSY; K_ETIMEOUT. K_EFAIL: no kernel answers. K_ENOTIMP: a flag that is not
 * in this version. A call that changes regions waits until every process that maps them has followed,
 * for half of CHORUS_TIMEOUT_MS, then it is K_ETIMEOUT and nothing has changed.
 */
#ifndef CHORUS_MEM_CHMEM_H
#define CHORUS_MEM_CHMEM_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Region options (KnRgnDesc.options). */
#define K_WRITABLE 0x0001u        /* may be written; without it read-only */
#define K_WRITEABLE K_WRITABLE    /* a spelling that programs use */
#define K_EXECUTABLE 0x0002u      /* may be executed */
#define K_FILLZERO 0x0004u        /* zero-filled (new memory always is) */
#define K_ANYWHERE 0x0008u        /* the system chooses startAddr and writes it back */
#define K_RESTRICTIVE 0x0010u     /* the system chooses between startAddr and endAddr */
#define K_SUPERVISOR 0x0020u      /* in the supervisor address space; K_EPRIV for user actors */
#define K_RESERVED 0x0040u        /* rgnAllocate only: addresses without memory */
#define K_INHERITSHARE 0x0080u    /* rgnDup shares the region */
#define K_INHERITCOPY 0x0100u     /* rgnDup copies the region; not together with the former */
#define K_NODEMAND 0x0200u        /* memory present at once */
#define K_NOWAITFORMEMORY 0x0400u /* refuse rather than wait for memory: always so */
#define K_NOSWAPOUT 0x0800u       /* pages stay in memory; K_ENOTIMP */
#define K_NOSYNC 0x1000u          /* rgnMap only */
#define K_FREEALL 0x2000u         /* rgnFree only: every region of the actor */
#define K_USERSPACE 0x4000u       /* rgnStat only: the buffer is in the caller's user space */

/* The window of user regions: both ends page aligned, the second exclusive. */
#define CHORUS_USER_START 0x44000000u
#define CHORUS_USER_END 0x6c000000u

typedef struct KnRgnDesc {
    VmAddr startAddr; /* in; out with K_ANYWHERE and K_RESTRICTIVE */
    VmSize size;      /* bytes */
    VmFlags options;
    VmAddr endAddr;  /* read with K_RESTRICTIVE only */
    void *opaque1;   /* kept with the region for the program; */
    VmFlags opaque2; /* NULL and 0 where unused */
} KnRgnDesc;

/* One region, or the part of one that lies in the range asked for. */
typedef struct KnRgnStat {
    VmAddr startAddr;
    VmSize size;     /* bytes, whole pages */
    VmFlags options; /* those that are kept */
    VmFlags opaque2;
    void *opaque1;
} KnRgnStat;

/*
 * Creates a region of fresh, zero-filled shared memory and maps it in the actor.
 * options: K_WRITABLE K_EXECUTABLE K_FILLZERO K_ANYWHERE K_RESTRICTIVE K_SUPERVISOR K_RESERVED
 * K_INHERITSHARE K_INHERITCOPY K_NODEMAND K_NOWAITFORMEMORY. With K_RESTRICTIVE the region lies in
 * [startAddr, endAddr). A K_RESERVED region cannot be touched, is never chosen and is a hole for
 * maps and copies; with K_NODEMAND K_EINVAL. K_ENOMEM also where there is no room for the size.
 * [rgnAllocate(2K)]
 */
int rgnAllocate(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnAllocate);

/*
 * Frees all pages in [startAddr, startAddr + size). The range may cover several regions, parts of
 * them (what remains stays mapped; a middle part splits its region in two) and holes.
 * options: 0, or K_FREEALL for all regions of the actor (of a supervisor actor those that it owns;
 * K_SVACTOR is K_EINVAL), then address and size are not looked at. K_ENOMEM where a split would
 * pass the limit of regions; K_EBUSY pages that the caller has locked. [rgnFree(2K)]
 */
int rgnFree(KnCap *actorcap, KnRgnDesc *rgndesc) CHORUS_VM_SYMBOL(rgnFree);

/*
 * Maps the memory that the source actor has at [srcrgndesc->startAddr, + tgtrgndesc->size) into
 * the target: from then on both see each other's writes. Only startAddr and size of srcrgndesc
 * are read. The source range may begin inside a region and span several; a hole is K_EADDR; a
 * source size below the target's is K_ESIZE. A supervisor actor or K_SVACTOR as source is the whole
 * supervisor space. The new regions take options (as rgnAllocate; K_FILLZERO is ignored, K_RESERVED
 * is K_EINVAL) and opaque words from tgtrgndesc; the source's protection does not limit them. The
 * memory lives until its last mapping goes, whoever made it. [rgnMapFromActor(2K)]
 */
int rgnMapFromActor(KnCap *tgtactorcap, KnRgnDesc *tgtrgndesc, KnCap *srcactorcap, KnRgnDesc *srcrgndesc)
    CHORUS_VM_SYMBOL(rgnMapFromActor);

/*
 * Describes the regions in [startAddr, startAddr + size), lowest first, cut off at the range's
 * ends, as many as fit into buffsize bytes of stat, and returns how many there are, which may be
 * more than fit. Of a supervisor actor only the regions it owns, with K_SVACTOR all of the
 * supervisor space. options: 0 or K_USERSPACE. [rgnStat(2K)]
 */
int rgnStat(KnCap *actorcap, KnRgnDesc *rgndesc, KnRgnStat *stat, unsigned int buffsize) CHORUS_VM_SYMBOL(rgnStat);

/* The page size in bytes: the smallest block that can be allocated. Cannot fail. [vmPageSize(2K)] */
int vmPageSize(void);

#ifdef __cplusplus
}
#endif

#include <mem/chVm.h>

#endif
