/*
 * Scheduling classes: each has a struct of parameters that begins with its class, in a header of
 * its own beside this one. threadCreate and threadScheduler (<exec/chThread.h>) take them.
 */
#ifndef CHORUS_SCHED_CHSCHED_H
#define CHORUS_SCHED_CHSCHED_H

/* The type and the numbers are ours. */
typedef int KnSchedClass;
#define K_SCHED_FIFO 1 /* KnFifoThParms, <sched/chFifo.h>: the default of ChorusOS */
#define K_SCHED_RR 2   /* KnRrThParms, <sched/chRr.h> */
#define K_SCHED_RT 3   /* KnRtThParms, <sched/chRt.h> */

#endif
