/*
 * A third party: the parent maps memory of one child into another, by their capabilities, and neither of them does
 * anything for it. The children are forked: each is an actor of its own that shares the desk with its parent.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"

/* What all three share. Times are limits for whoever waits for somebody who may have died. */
typedef struct Desk {
    KnCap holder, reader;
    VmAddr page;   /* of the holder, in its own space */
    VmAddr mapped; /* the same page in the reader's */
    KnSem written, introduced, read;
} Desk;

static const long limit_s = 60;

static int hold(Desk *desk) {
    require_ok(actorSelf(&desk->holder), "actorSelf");
    char *page = allocate_shared(4096);
    strcpy(page, "a word from the holder");
    desk->page = (VmAddr)(uintptr_t)page;
    semV(&desk->written);
    wait_for_token(&desk->read, limit_s);
    return 0;
}

static int read_there(Desk *desk) {
    require_ok(actorSelf(&desk->reader), "actorSelf");
    semV(&desk->written);
    wait_for_token(&desk->introduced, limit_s);
    printf("%s\n", (const char *)pointer_to(desk->mapped));
    semV(&desk->read);
    return 0;
}

static void start(int (*part)(Desk *), Desk *desk) {
    const pid_t child = require_unix(fork(), "fork");
    if (child == 0) exit(part(desk));
}

int main(void) {
    Desk *desk = allocate_shared(sizeof *desk);
    require_ok(semInit(&desk->written, 0), "semInit");
    require_ok(semInit(&desk->introduced, 0), "semInit");
    require_ok(semInit(&desk->read, 0), "semInit");
    start(hold, desk);
    start(read_there, desk);
    wait_for_token(&desk->written, limit_s);
    wait_for_token(&desk->written, limit_s);

    KnRgnDesc source = {desk->page, 4096, 0, 0, NULL, 0};
    KnRgnDesc target = {0, 4096, K_ANYWHERE, 0, NULL, 0};
    require_ok(rgnMapFromActor(&desk->reader, &target, &desk->holder, &source), "rgnMapFromActor");
    desk->mapped = target.startAddr;
    semV(&desk->introduced);

    int status, failed = 0;
    while (wait(&status) > 0)
        failed = failed || status != 0;
    return failed;
}
