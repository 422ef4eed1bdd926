/*
 * The common case of semP and semV in a few instructions: a semaphore that the process has used
 * before, nobody asleep, a token or room for one. <sync/chSem.h> puts it into optimised programs;
 * nothing in it is for programs to name.
 */
#ifndef CHORUS_SYNC_CHSEMQUICK_H
#define CHORUS_SYNC_CHSEMQUICK_H

#include <sync/chSem.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHORUS_INLINED extern __inline__ __attribute__((__gnu_inline__, __always_inline__))

/*
 * Addresses that were found writable and aligned, each at its own place, until memory is unmapped.
 * What does not belong to a place stands for none: 0 everywhere but at its own.
 */
extern unsigned long _chorusWritable[256];
/* Who the calling thread is; 0 where it has not asked yet. */
extern __thread unsigned int _chorusThread __attribute__((__tls_model__("initial-exec")));

CHORUS_INLINED unsigned long *_chorusPlaceOf(unsigned long address) {
    /* Of the golden ratio: neighbours and pages get places of their own. */
    return &_chorusWritable[(address * 0x1e3779b1ul >> 32) % 256];
}

CHORUS_INLINED int _chorusIsWritable(const void *object) {
    const unsigned long address = (unsigned long)object;
    return __atomic_load_n(_chorusPlaceOf(address), __ATOMIC_RELAXED) == address;
}

CHORUS_INLINED int _chorusInOrder(const KnSem *sem) {
    return _chorusIsWritable(sem) && __atomic_load_n(&sem->knMagic, __ATOMIC_RELAXED) == K_KNSEM_MAGIC;
}

/* In these states nobody sleeps. */
CHORUS_INLINED int _chorusHasToken(unsigned long state) {
    return (state & 0xfffffffful) - 1 < K_KNSEM_COUNTMAX;
}
CHORUS_INLINED int _chorusHasRoom(unsigned long state) {
    return (state & 0xfffffffful) < K_KNSEM_COUNTMAX;
}

CHORUS_INLINED int _chorusExchange(KnSem *sem, unsigned long from, unsigned long to) {
    return __atomic_compare_exchange_n(&sem->knState, &from, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Whether it has taken a token. */
CHORUS_INLINED int _chorusTakeQuickly(KnSem *sem) {
    const unsigned int thread = _chorusThread;
    unsigned long seen;
    if (thread == 0 || !_chorusInOrder(sem)) return 0;
    seen = __atomic_load_n(&sem->knState, __ATOMIC_ACQUIRE);
    if (!_chorusHasToken(seen) || !_chorusExchange(sem, seen, seen - 1)) return 0;
    __atomic_store_n(&sem->knTaker, thread, __ATOMIC_RELAXED);
    return 1;
}

/* Whether it has given one. */
CHORUS_INLINED int _chorusGiveQuickly(KnSem *sem) {
    unsigned long seen;
    if (!_chorusInOrder(sem)) return 0;
    seen = __atomic_load_n(&sem->knState, __ATOMIC_ACQUIRE);
    return _chorusHasRoom(seen) && _chorusExchange(sem, seen, seen + 1);
}

/* Every other case. */
int _chorusTakeSlowly(KnSem *sem, KnTimeVal *waitLimit);
int _chorusGiveSlowly(KnSem *sem);

CHORUS_INLINED int _chorusTake(KnSem *sem, KnTimeVal *waitLimit) {
    const int quick = waitLimit == K_NOTIMEOUT || waitLimit == K_NOBLOCK;
    return quick && _chorusTakeQuickly(sem) ? K_OK : _chorusTakeSlowly(sem, waitLimit);
}

CHORUS_INLINED int _chorusGive(KnSem *sem) {
    return _chorusGiveQuickly(sem) ? K_OK : _chorusGiveSlowly(sem);
}

#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__) && !defined(CHORUS_SEM_CALLS)
CHORUS_INLINED int semP(KnSem *sem, KnTimeVal *waitLimit) {
    return _chorusTake(sem, waitLimit);
}

CHORUS_INLINED int semV(KnSem *sem) {
    return _chorusGive(sem);
}

#endif

#undef CHORUS_INLINED

#ifdef __cplusplus
}
#endif

#endif
