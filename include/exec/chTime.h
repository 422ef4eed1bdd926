/*
 * Time: intervals as ChorusOS calls take them. An interval is relative to the call, measured on
 * the monotonic clock, and well formed when tmSec >= 0 and 0 <= tmNSec < 1000000000.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 */
#ifndef CHORUS_EXEC_CHTIME_H
#define CHORUS_EXEC_CHTIME_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct KnTimeVal {
    long tmSec;  /* seconds */
    long tmNSec; /* nanoseconds */
} KnTimeVal;

#define K_NOBLOCK ((KnTimeVal *)0)   /* do not wait */
#define K_NOTIMEOUT ((KnTimeVal *)1) /* wait for ever; not to be dereferenced */

/* Fills *tv with a number of milliseconds. */
#define K_MILLI_TO_TIMEVAL(tv, ms) ((void)((tv)->tmSec = (ms) / 1000, (tv)->tmNSec = ((ms) % 1000) * 1000000L))

/* Stores the time since the site was started in *time. Returns K_OK; K_EFAULT. [sysTime(2K)] */
int sysTime(KnTimeVal *time);

/* Stores the smallest step of sysTime in *resolution. Returns K_OK; K_EFAULT. [sysTimeGetRes(2K)] */
int sysTimeGetRes(KnTimeVal *resolution);

#ifdef __cplusplus
}
#endif

#endif
