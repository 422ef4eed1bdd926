/*
 * What the sample programs share: a parent actor allocates memory and starts a child actor, which is told the parent's
 * capability and the address of the memory as arguments, and maps it. For C and C++. A refused call says why on the
 * error output and ends the program with 1.
 */
#ifndef CHORUS_SIM_FAMILY_H
#define CHORUS_SIM_FAMILY_H

#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utilities.h>

/* For the calls that answer one of the K_E* codes. */
static inline void require_ok(int status, const char *call) {
    if (status >= 0) return;
    fprintf(stderr, "%s: %s\n", call, strSysError(status));
    exit(1);
}

/* For the a* calls, which answer -1 and set errno. Returns what they answer else. */
static inline int require_unix(int result, const char *call) {
    if (result != -1) return result;
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

static inline void *pointer_to(VmAddr address) {
    return (void *)(uintptr_t)address;
}

/* New memory, all zero, in whole pages. It is the caller's until the caller ends, and longer where others map it. */
static inline void *allocate_shared(VmSize size_bytes) {
    KnRgnDesc region = {0, size_bytes, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    require_ok(rgnAllocate(K_MYACTOR, &region), "rgnAllocate");
    return pointer_to(region.startAddr);
}

/* Starts a program as a child, which may map the caller's `region`. Returns the child's actor id. */
static inline int start_child(const char *program, const void *region) {
    KnCap self;
    char words[4][sizeof "0x12345678"], address[sizeof "0x123456789abcdef0"];
    require_ok(actorSelf(&self), "actorSelf");
    snprintf(words[0], sizeof words[0], "0x%x", self.ui.uiHead);
    snprintf(words[1], sizeof words[1], "0x%x", self.ui.uiTail);
    snprintf(words[2], sizeof words[2], "0x%x", self.key.keyHead);
    snprintf(words[3], sizeof words[3], "0x%x", self.key.keyTail);
    snprintf(address, sizeof address, "%p", region);
    const int aid =
        afexeclp(program, NULL, NULL, program, words[0], words[1], words[2], words[3], address, (char *)NULL);
    return require_unix(aid, program);
}

/* In the child: maps the region that start_child names in the arguments, at an address of the child's own. */
static inline void *map_from_parent(int argc, char **argv, VmSize size_bytes) {
    KnCap parent;
    if (argc != 6) {
        fprintf(stderr, "%s: started by its parent, with a capability of four words and an address\n", argv[0]);
        exit(1);
    }
    require_ok(readCap(argv + 1, &parent), "readCap");
    KnRgnDesc source = {(VmAddr)strtoul(argv[5], NULL, 0), size_bytes, 0, 0, NULL, 0};
    KnRgnDesc target = {0, size_bytes, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    require_ok(rgnMapFromActor(K_MYACTOR, &target, &parent, &source), "rgnMapFromActor");
    return pointer_to(target.startAddr);
}

/* Returns when the child has ended, which it must do by itself and with 0. */
static inline void wait_for_child(int aid) {
    int status;
    require_unix(await(aid, &status), "await");
    if (IS_EXIT_EVT(status) && GET_EXIT_EVT(status) == 0) return;
    if (IS_EXIT_EVT(status))
        fprintf(stderr, "the child ended with %d\n", GET_EXIT_EVT(status));
    else
        fprintf(stderr, "the child was killed, event %d\n", GET_KILL_EVT(status));
    exit(1);
}

/* Takes a token, but does not wait for ever: who should give it may have died. */
static inline void wait_for_token(KnSem *semaphore, long limit_s) {
    KnTimeVal limit = {limit_s, 0};
    require_ok(semP(semaphore, &limit), "semP");
}

#endif
