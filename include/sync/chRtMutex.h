/*
 * Real-time mutexes: mutexes whose holder inherits the priority of its most urgent waiter, through
 * chains of mutexes too, and whose release wakes the waiter with the highest priority.
 *
 * In this version the calls declared here answer K_ENOTIMP (rtMutexTry: 0, it acquires nothing).
 *
 * Refusals common to all: K_EFAULT null or unwritable pointer; K_EINVAL *mutex is not a mutex.
 */
#ifndef CHORUS_SYNC_CHRTMUTEX_H
#define CHORUS_SYNC_CHRTMUTEX_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque, the size is ours; all zero is not a mutex. Aligned to 8 bytes. */
typedef struct KnRtMutex {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[13];
} KnRtMutex;

/* Makes *mutex a free mutex. Undefined while somebody has it or waits. Returns K_OK. [rtMutexInit(2K)] */
int rtMutexInit(KnRtMutex *mutex);

/* Gets the mutex, waiting for it without limit and lending the caller's priority. Returns K_OK. [rtMutexGet(2K)] */
int rtMutexGet(KnRtMutex *mutex);

/* Releases the mutex and the priority lent with it. Does not block. Returns K_OK. [rtMutexRel(2K)] */
int rtMutexRel(KnRtMutex *mutex);

/* Gets the mutex if it is free. Does not block. Returns 1 acquired, 0 not: no K_OK here. [rtMutexTry(2K)] */
int rtMutexTry(KnRtMutex *mutex);

#ifdef __cplusplus
}
#endif

#endif
