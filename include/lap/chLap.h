/*
 * Local access points: functions of a supervisor actor that others call by a descriptor, and find
 * by a name. The function runs on the caller's thread, in the actor that owns it.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * Refusals common to all: K_EFAULT null or unreadable pointer, or an out-parameter that cannot be
 * written; K_EINVAL malformed options, or a descriptor of no access point; the sv* calls are for
 * supervisor actors only (else K_EPRIV). They return K_OK unless they say more.
 */
#ifndef CHORUS_LAP_CHLAP_H
#define CHORUS_LAP_CHLAP_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_LAPNAMEMAX 7 /* characters of a name, its NUL not counted */

/* Options; the numbers are ours. */
#define K_LAP_SAFE 0x1u      /* svLapCreate: user actors may invoke it */
#define K_LAP_SETJMP 0x2u    /* svLapCreate: an exception in it returns to its caller */
#define K_LAP_PROTECTED 0x4u /* svLapBind: user actors do not find the name */
#define K_LAP_NOBLOCK 0x8u   /* lapResolve: do not wait for the name to be bound */

/* Opaque, the size is ours; plain data that may be copied. Aligned to 8 bytes. */
typedef struct KnLapDesc {
    unsigned long knState[4];
} KnLapDesc;

/* The function: the caller's argument, and the cookie of its owner. */
typedef void (*KnLapHdl)(void *arg, void *cookie);

/* Runs the function of *lapdesc with arg, and returns when it has. [lapInvoke(2K)] */
int lapInvoke(KnLapDesc *lapdesc, void *arg);

/*
 * Make an access point of an actor's function, storing its descriptor in *lapdesc, and delete it.
 * K_EUNKNOWN no live actor; K_ENOMEM. [svLapCreate(2K)] [svLapDelete(2K)]
 */
int svLapCreate(KnCap *actorcap, KnLapHdl function, void *cookie, unsigned int options, KnLapDesc *lapdesc);
int svLapDelete(KnLapDesc *lapdesc);

/*
 * Give an access point a name, and take a name back. K_ENOMEM longer than K_LAPNAMEMAX; K_EBUSY the
 * name is bound; K_EUNKNOWN (svLapUnbind) it is not. The argument of svLapUnbind is ours.
 * [svLapBind(2K)] [svLapUnbind(2K)]
 */
int svLapBind(KnLapDesc *lapdesc, const char *name, unsigned int options);
int svLapUnbind(const char *name);

/*
 * Stores the descriptor that a name is bound to in *lapdesc, waiting until it is bound; with
 * K_LAP_NOBLOCK it does not wait, and K_EUNKNOWN says that it is not. The arguments are ours, after
 * svLapBind. [lapResolve(2K)]
 */
int lapResolve(KnLapDesc *lapdesc, const char *name, unsigned int options);

/*
 * Make a descriptor that names nothing; tell whether it is one (1, else 0; compare with 1, for
 * K_ENOTIMP is not 0); copy a descriptor. The arguments are ours. [lapDescZero(2K)]
 */
int lapDescZero(KnLapDesc *lapdesc);
int lapDescIsZero(KnLapDesc *lapdesc);
int lapDescDup(KnLapDesc *lapdesc, KnLapDesc *copy);

#ifdef __cplusplus
}
#endif

#endif
