/*
 * Timers: each goes off once or again and again, and is served by the threads of a pool. A timer
 * is served by one thread at a time; what goes off meanwhile is counted as overrun.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * Refusals common to all: K_EFAULT null or unreadable pointer, or an out-parameter that cannot be
 * written; K_EUNKNOWN no live actor has that unique id; K_EINVAL wrong key, clock, pool or timer, or
 * a malformed time or flag. They return K_OK.
 */
#ifndef CHORUS_ETIMER_CHETIMER_H
#define CHORUS_ETIMER_CHETIMER_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_CLOCK_REALTIME 1 /* the only clock; the number is ours */
#define K_TIMER_ABSOLUTE 1 /* timerSet: ITmValue is a time since boot, as sysTime counts; the number is ours */

typedef struct KnITimer {
    KnTimeVal ITmReload; /* from one time to the next; zero: once only */
    KnTimeVal ITmValue;  /* until it goes off first; zero: not set */
} KnITimer;

/* Opaque, the size is ours; all zero is not a pool. Aligned to 8 bytes. */
typedef struct KnThreadPool {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[13];
} KnThreadPool;

/* Makes *pool a pool with no thread in it. [timerThreadPoolInit(2K)] */
int timerThreadPoolInit(KnThreadPool *pool);

/*
 * Waits in a pool, no longer than *waitLimit, for a timer to go off; stores its cookie in *cookie
 * and how often it went off beyond once in *overrun. K_ETIMEOUT; K_EABORT. [timerThreadPoolWait(2K)]
 */
int timerThreadPoolWait(KnThreadPool *pool, void **cookie, int *overrun, KnTimeVal *waitLimit);

/* Creates a timer, not set, and stores its local id in *timerli. K_ENOMEM too many. [timerCreate(2K)] */
int timerCreate(KnCap *actorcap, int clock, KnThreadPool *pool, void *cookie, int *timerli);

/*
 * Sets a timer to *newtimer (NULL leaves it alone), having stored what was left of it in *oldtimer
 * (unless NULL), as an interval. flags: 0 or K_TIMER_ABSOLUTE. [timerSet(2K)]
 */
int timerSet(KnCap *actorcap, int timerli, int flags, KnITimer *newtimer, KnITimer *oldtimer);

/* Deletes a timer. [timerDelete(2K)] */
int timerDelete(KnCap *actorcap, int timerli);

#ifdef __cplusplus
}
#endif

#endif
