/*
 * The types and codes that every other ChorusOS header needs: capabilities, widths, results.
 * Programs include <chorus.h> or <exec/chExec.h> instead.
 */
#ifndef CHORUS_EXEC_CHTYPES_H
#define CHORUS_EXEC_CHTYPES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Width of VmAddr and VmSize in bits: 32 as programs of the time expect, or 64 where a program
 * defines CHORUS_VM_BITS as 64 before its first ChorusOS header. Both link with the same library.
 */
#ifndef CHORUS_VM_BITS
#define CHORUS_VM_BITS 32
#endif

#if CHORUS_VM_BITS == 32
typedef unsigned int VmAddr;
typedef unsigned int VmSize;
#define CHORUS_VM_SYMBOL(name)
#elif CHORUS_VM_BITS == 64
typedef unsigned long VmAddr;
typedef unsigned long VmSize;
#define CHORUS_VM_SYMBOL(name) __asm__(#name "64")
#else
#error "CHORUS_VM_BITS is 32 (the default) or 64"
#endif

/* A C program may pass any number as an enumeration; this type makes it a valid value in C++. */
#if defined(__cplusplus) && __cplusplus >= 201103L
#define CHORUS_ENUM_TYPE : unsigned int
#else
#define CHORUS_ENUM_TYPE
#endif

typedef unsigned int VmFlags;
typedef long VmOffset;
typedef unsigned long PhAddr;

/* Names an actor, a port, a group: 64 bits in two words, never used again. */
typedef struct KnUniqueId {
    unsigned int uiHead;
    unsigned int uiTail;
} KnUniqueId;

/* 64 bits that only holders of the capability know. */
typedef struct KnKey {
    unsigned int keyHead;
    unsigned int keyTail;
} KnKey;

/* Plain data: it may be copied, printed, passed in argv. Whoever presents it may act on the actor. */
typedef struct KnCap {
    KnUniqueId ui;
    KnKey key;
} KnCap;

/* Stand for a KnCap* in every call that takes one; they are not to be dereferenced. */
#define K_MYACTOR ((KnCap *)1) /* the calling actor */
#define K_SVACTOR ((KnCap *)2) /* the supervisor address space, owned by nobody */

typedef int KnError;

/* Results. The numbers are ours (the manual names none) and never change. */
#define K_OK 0
#define K_EOK 0
#define K_EFAULT (-2)    /* a pointer argument cannot be read, or an out-parameter not written */
#define K_EUNKNOWN (-3)  /* the capability names no live actor */
#define K_EINVAL (-4)    /* wrong key; malformed flag, time or object */
#define K_EPRIV (-5)     /* the caller's privilege does not allow it */
#define K_ESIZE (-6)     /* size 0, or a source shorter than its target */
#define K_EROUND (-7)    /* an address is not page aligned */
#define K_EADDR (-8)     /* a range wraps, leaves the windows, or has a hole where none may be */
#define K_EOVERLAP (-9)  /* a range overlaps a region */
#define K_ESPACE (-10)   /* no hole in the address space is big enough */
#define K_ENOMEM (-11)   /* no memory, or a limit is reached */
#define K_EBUSY (-12)    /* the object is in use */
#define K_ETIMEOUT (-13) /* the time given has passed */
#define K_EABORT (-14)   /* the thread was aborted while it waited */
#define K_ENOPORT (-15)  /* the port waited on is gone */
#define K_EFULL (-16)    /* the port's queue is full */
#define K_ETOOMUCH (-17) /* the message body is too big */
#define K_ENOTIMP (-18)  /* not in this version */
#define K_EFAIL (-19)    /* no kernel answers */

#ifdef __cplusplus
}
#endif

#endif
