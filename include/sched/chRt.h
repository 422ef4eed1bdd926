/*
 * Real-time scheduling: preemptive priorities with a time quantum for each thread. All here but the
 * name KnRtThParms is ours, after <sched/chFifo.h>.
 */
#ifndef CHORUS_SCHED_CHRT_H
#define CHORUS_SCHED_CHRT_H

#include <exec/chTime.h>
#include <sched/chSched.h>

/* The lower the number the more urgent the thread. */
typedef int KnRtPriority;
#define K_RT_PRIOMAX 0   /* most urgent */
#define K_RT_PRIOMIN 255 /* least urgent */

typedef struct KnRtThParms {
    KnSchedClass rtClass; /* K_SCHED_RT */
    KnRtPriority rtPriority;
    KnTimeVal rtQuantum; /* longest turn; zero: the system chooses */
} KnRtThParms;

#endif
