/*
 * Monitors: a lock that its owner may get again (and releases as often), with a wait that gives
 * the lock up until it is notified. Plain memory, owned by the caller.
 *
 * In this version the calls declared here answer K_ENOTIMP.
 *
 * Refusals common to all: K_EFAULT null or unwritable pointer; K_EINVAL *monitor is not a monitor,
 * or (all but init and get) the caller does not own it.
 */
#ifndef CHORUS_SYNC_CHMONITOR_H
#define CHORUS_SYNC_CHMONITOR_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_KNMONITOR_MAGIC 0x6b4d6f6eu

/* Opaque, the size is ours; all zero is not a monitor. Aligned to 8 bytes. */
typedef struct KnMonitor {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[13];
} KnMonitor;

/* For monitors that are not shared between actors; those take monitorInit, once, by one side. */
#define K_KNMONITOR_INITIALIZER                   \
    {                                             \
        0, K_KNMONITOR_MAGIC, {                   \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
        }                                         \
    }

/* Makes *monitor a free monitor. Undefined while somebody has it or waits. Returns K_OK. [monitorInit(2K)] */
KnError monitorInit(KnMonitor *monitor);

/* Gets the monitor, waiting for it without limit; the owner gets it at once. Returns K_OK. [monitorGet(2K)] */
KnError monitorGet(KnMonitor *monitor);

/* Undoes one get; the last frees the monitor. Returns K_OK. [monitorRel(2K)] */
KnError monitorRel(KnMonitor *monitor);

/*
 * Gives the monitor up, waits for a notification no longer than *waitLimit (K_NOTIMEOUT for ever),
 * and gets it back before it returns, whatever it returns.
 * Returns K_OK; K_EINVAL also a malformed time; K_ETIMEOUT; K_EABORT. [monitorWait(2K)]
 */
KnError monitorWait(KnMonitor *monitor, KnTimeVal *waitLimit);

/* Wakes one thread that waits in monitorWait. Does not block. Returns K_OK. [monitorNotify(2K)] */
KnError monitorNotify(KnMonitor *monitor);

/* Wakes all threads that wait in monitorWait. Does not block. Returns K_OK. [monitorNotifyAll(2K)] */
KnError monitorNotifyAll(KnMonitor *monitor);

#ifdef __cplusplus
}
#endif

#endif
