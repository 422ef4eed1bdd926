/*
 * chorus.h - the ChorusOS interface in C.
 *
 * This is the umbrella header that ChorusOS programs include. It brings in actors, threads,
 * memory, synchronisation and time; the headers it includes can also be named one by one. Message
 * spaces, ports, access points, timers, scheduling and dates have headers of their own:
 * <mipc/chMipc.h> <ipc/chIpc.h> <ipc/chId.h> <lap/chLap.h> <etimer/chEtimer.h> <sched/chSched.h>
 * <date/chDate.h>.
 *
 * Programs that name a call which is not in this version compile and link; the call answers
 * K_ENOTIMP, and the header that declares it says so.
 *
 * Conventions of every microkernel call (rgn*, actor*, sem*, vm*): the result is K_OK (0) or a
 * non-negative value, or one of the negative K_E* codes; errno is left alone; a refused call
 * changes nothing and writes no out-parameter. The order in which refusals are looked for is the
 * same for all calls and stands in docs/calls/README.md. The a* calls of <am/afexec.h> and
 * <am/await.h> are UNIX-like instead: -1 and errno.
 *
 * A process becomes an actor with its first call, or before main if an actor started it. A child
 * of fork(2) is an actor of its own, with its parent's regions.
 *
 * Build with:  cc prog.c $(pkg-config --cflags --libs chorus)
 */
#ifndef CHORUS_H
#define CHORUS_H

#include <exec/chExec.h>
#include <exec/chTime.h>
#include <mem/chMem.h>
#include <sync/chEvent.h>
#include <sync/chMonitor.h>
#include <sync/chMutex.h>
#include <sync/chRtMutex.h>
#include <sync/chSem.h>

#endif
