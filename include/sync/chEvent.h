/*
 * Event flags: a set of 8 * sizeof(int) flags, one bit each, in plain memory owned by the caller.
 * Threads post flags and wait for all or any of some; a flag stays posted until it is cleared.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * Refusals common to all: K_EFAULT null or unwritable pointer; K_EINVAL *set is not an event set.
 */
#ifndef CHORUS_SYNC_CHEVENT_H
#define CHORUS_SYNC_CHEVENT_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Options of eventWait; the names and numbers are ours. */
#define K_EVENT_AND 1 /* wait for all flags of the mask */
#define K_EVENT_OR 2  /* wait for any of them */

/* Opaque, the size is ours; all zero is not an event set. Aligned to 8 bytes. */
typedef struct KnEventSet {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[5];
} KnEventSet;

/* Makes *set an event set with no flag posted. Undefined while somebody waits. Returns K_OK. [eventInit(2K)] */
int eventInit(KnEventSet *set);

/* Posts the flags of mask and wakes every thread whose wait they satisfy. Returns K_OK. [eventPost(2K)] */
int eventPost(KnEventSet *set, unsigned int mask);

/* Takes the flags of mask back. Returns K_OK. [eventClear(2K)] */
int eventClear(KnEventSet *set, unsigned int mask);

/*
 * Waits until all (K_EVENT_AND) or any (K_EVENT_OR) flags of mask are posted, no longer than
 * *waitLimit, and stores the posted flags in *posted unless it is NULL. It clears none. The order
 * of the arguments is ours.
 * Returns K_OK; K_EINVAL another option, or a malformed time; K_ETIMEOUT; K_EABORT. [eventWait(2K)]
 */
int eventWait(KnEventSet *set, unsigned int mask, int options, unsigned int *posted, KnTimeVal *waitLimit);

#ifdef __cplusplus
}
#endif

#endif
