/*
 * Big memory: with CHORUS_VM_BITS 64 the same calls make regions of many GiB. What is not touched costs nothing.
 */
#define CHORUS_VM_BITS 64
#include <chorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utilities.h>

/* Shared memory that this process has touched, in KiB. */
static long touched_kib(void) {
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && kib < 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "RssShmem: %ld", &kib);
    if (status != NULL) fclose(status);
    return kib;
}

int main(void) {
    const VmSize gib = (VmSize)1 << 30;
    KnRgnDesc region;
    memset(&region, 0, sizeof region);
    region.size = 8 * gib;
    region.options = K_ANYWHERE | K_WRITABLE;
    const int result = rgnAllocate(K_MYACTOR, &region);
    if (result != K_OK) {
        fprintf(stderr, "rgnAllocate of 8 GiB: %s\n", strSysError(result));
        return result == K_ENOMEM ? 77 : 1;
    }
    volatile char *memory = (volatile char *)region.startAddr;
    const long before_kib = touched_kib();
    for (VmSize at = 0; at < region.size; at += gib)
        memory[at] = 1;
    printf("8 GiB at %#lx, %ld KiB of them touched\n", (unsigned long)region.startAddr, touched_kib() - before_kib);
    return 0;
}
