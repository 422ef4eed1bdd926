/*
 * Waiting for the end of an actor that the caller started.
 */
#ifndef CHORUS_AM_AWAIT_H
#define CHORUS_AM_AWAIT_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a status says: the actor ended by itself, was killed, or stands still under trace. */
#define IS_EXIT_EVT(status) (((status)&0xff) == 0)
#define GET_EXIT_EVT(status) (((status) >> 8) & 0xff) /* low byte of its exit code */
#define IS_KILL_EVT(status) (((status)&0xff) == 1)
#define GET_KILL_EVT(status) (((status) >> 8) & 0xff) /* one of K_EVT_*, or the number of a signal */
#define IS_STP_EVT(status) (((status)&0xff) == 2)     /* never reported: nobody traces an actor here */
#define GET_STP_EVT(status) (((status) >> 8) & 0xff)

/* Kill events: the first four are the numbers of the signals that stand for them. */
#define K_EVT_ILLEGAL 4     /* illegal instruction */
#define K_EVT_BREAKPOINT 5  /* breakpoint */
#define K_EVT_FLOAT 8       /* floating point or division fault */
#define K_EVT_PROTECTION 11 /* touched memory it may not (bus errors too) */
#define K_EVT_AKILL 128     /* akill, or `chorus kill` */
#define K_EVT_ACTORDELETE 129

/*
 * Block until the caller's child ends, store how in *statusp (unless NULL) and return its aid. A
 * child that has ended before is reported at once; each child once. await names the child by aid,
 * awaits by capability. errno: ESRCH not a child of the caller, or awaited already; EFAULT;
 * EINVAL (awaits) wrong key. A signal handler does not end the wait. [await(2K)]
 */
int await(int aid, int *statusp);
int awaits(const KnCap *cap, int *statusp);

#ifdef __cplusplus
}
#endif

#endif
