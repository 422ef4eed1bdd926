/*
 * Preemptive priority scheduling, first in first out within a priority.
 */
#ifndef CHORUS_SCHED_CHFIFO_H
#define CHORUS_SCHED_CHFIFO_H

#include <sched/chSched.h>

/* The lower the number the more urgent the thread. */
typedef int KnFifoPriority;
#define K_FIFO_PRIOMAX 0   /* most urgent */
#define K_FIFO_PRIOMIN 255 /* least urgent */

typedef struct KnFifoThParms {
    KnSchedClass fifoClass; /* K_SCHED_FIFO */
    KnFifoPriority fifoPriority;
} KnFifoThParms;

#endif
