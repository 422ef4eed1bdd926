/*
 * Semaphores: plain memory, owned by the caller, with no kernel object behind it. One that lies in
 * shared memory works between the actors that map it, each at its own address. Sleepers are woken
 * in the order in which they fell asleep.
 */
#ifndef CHORUS_SYNC_CHSEM_H
#define CHORUS_SYNC_CHSEM_H

#include <exec/chTime.h>
#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K_KNSEM_MAGIC 0x6b53656du
#define K_KNSEM_COUNTMAX 0x3fffffffu /* tokens that a semaphore can hold */

/* Opaque; all zero is not a semaphore. Aligned to 8 bytes. */
typedef struct KnSem {
    unsigned long knState;
    unsigned int knMagic;
    unsigned int knRounds;
    unsigned int knTaker;
    unsigned int knReserved[3];
} KnSem;

/* For semaphores that are not shared between actors; those take semInit, once, by one side. */
#define K_KNSEM_INITIALIZER(cnt)      \
    {                                 \
        (cnt), K_KNSEM_MAGIC, 0, 0, { \
            0, 0, 0                   \
        }                             \
    }

/*
 * Makes *sem a semaphore with count tokens. Undefined while somebody waits on it.
 * Returns K_OK; K_EFAULT null or not writable; K_EINVAL not aligned, or count above
 * K_KNSEM_COUNTMAX. [semInit(2K)]
 */
int semInit(KnSem *sem, unsigned int count);

/*
 * Takes a token, waiting for one no longer than *waitLimit: K_NOTIMEOUT for ever, K_NOBLOCK or a
 * zero interval not at all.
 * Returns K_OK; K_EFAULT null, unreadable or unwritable pointer; K_EINVAL malformed time (looked
 * for first), or *sem is not a semaphore; K_ETIMEOUT no token in that time. Signal handlers run
 * while it waits and do not end the wait. [semP(2K)]
 */
int semP(KnSem *sem, KnTimeVal *waitLimit);

/*
 * Gives a token: to the thread that has slept longest on *sem, else to whoever asks next. Does not
 * block. Returns K_OK; K_EFAULT null or unwritable pointer; K_EINVAL *sem is not a semaphore, or
 * holds K_KNSEM_COUNTMAX tokens already. [semV(2K)]
 */
int semV(KnSem *sem);

#ifdef __cplusplus
}
#endif

/* CHORUS_SEM_CALLS: each P and V as a call of the library, which a debugger or another library can get hold of. */
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__) && !defined(CHORUS_SEM_CALLS)
#include <sync/chSemQuick.h>
#endif

#endif
