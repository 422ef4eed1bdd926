/*
 * Mutexes: plain memory, owned by the caller, with no kernel object behind it; one that lies in
 * shared memory works between the actors that map it. A mutex is not recursive: a second get by
 * the thread that has it waits for ever. Sleepers are woken in the order in which they fell asleep.
 *
 * In this version the calls declared here answer K_ENOTIMP (mutexTry: 0, it acquires nothing). A
 * semaphore with one token does the same work: see <sync/chSem.h>.
 *
 * Refusals common to all: K_EFAULT null or unwritable pointer; K_EINVAL *mutex is not a mutex.
 */
#ifndef CHORUS_SYNC_CHMUTEX_H
#define CHORUS_SYNC_CHMUTEX_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_KNMUTEX_MAGIC 0x6b4d7478u

/* Opaque, the size is ours; all zero is not a mutex. Aligned to 8 bytes. */
typedef struct KnMutex {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knReserved[5];
} KnMutex;

/* For mutexes that are not shared between actors; those take mutexInit, once, by one side. */
#define K_KNMUTEX_INITIALIZER \
    {                         \
        0, K_KNMUTEX_MAGIC, { \
            0, 0, 0, 0, 0     \
        }                     \
    }

/* Makes *mutex a free mutex. Undefined while somebody has it or waits. Returns K_OK. [mutexInit(2K)] */
int mutexInit(KnMutex *mutex);

/* Gets the mutex, waiting for it without limit; the wait cannot be aborted. Returns K_OK. [mutexGet(2K)] */
int mutexGet(KnMutex *mutex);

/* Releases the mutex, whichever thread had it. Does not block. Returns K_OK. [mutexRel(2K)] */
int mutexRel(KnMutex *mutex);

/* Gets the mutex if it is free. Does not block. Returns 1 acquired, 0 not: no K_OK here. [mutexTry(2K)] */
int mutexTry(KnMutex *mutex);

#ifdef __cplusplus
}
#endif

#endif
