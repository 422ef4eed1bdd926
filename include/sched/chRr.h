/*
 * Preemptive priority scheduling, the threads of a priority taking turns. All here but the name
 * KnRrThParms is ours, after <sched/chFifo.h>.
 */
#ifndef CHORUS_SCHED_CHRR_H
#define CHORUS_SCHED_CHRR_H

#include <sched/chSched.h>

/* The lower the number the more urgent the thread. */
typedef int KnRrPriority;
#define K_RR_PRIOMAX 0   /* most urgent */
#define K_RR_PRIOMIN 255 /* least urgent */

typedef struct KnRrThParms {
    KnSchedClass rrClass; /* K_SCHED_RR */
    KnRrPriority rrPriority;
} KnRrThParms;

#endif
