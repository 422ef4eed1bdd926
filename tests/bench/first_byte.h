/*
 * What the programs of chorus-bench-first-byte share: the byte, and how the second one says when it has read it. For C
 * and C++.
 */
#ifndef CHORUS_BENCH_FIRST_BYTE_H
#define CHORUS_BENCH_FIRST_BYTE_H

#include <time.h>
#include <unistd.h>

enum { first_byte = 42 };

/* Tells the time on the standard output, where `byte` is the one expected. Returns what the program ends with. */
static inline int report(unsigned char byte) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return byte == first_byte && write(STDOUT_FILENO, &now, sizeof now) == sizeof now ? 0 : 1;
}

#endif
