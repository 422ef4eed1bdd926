/*
 * An actor that forks becomes two: the child has a capability of its own and its parent's regions. Memory is shared
 * between them, as MAP_SHARED memory is, but for regions with K_INHERITCOPY, of which the child has a copy.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"

static int *allocate_number(VmFlags inheritance) {
    KnRgnDesc region = {0, sizeof(int), K_ANYWHERE | K_WRITABLE | inheritance, 0, NULL, 0};
    require_ok(rgnAllocate(K_MYACTOR, &region), "rgnAllocate");
    return pointer_to(region.startAddr);
}

int main(void) {
    int *shared = allocate_number(0), *copied = allocate_number(K_INHERITCOPY);
    const int parent = require_unix(agetId(), "agetId");
    *shared = *copied = 234;
    const pid_t child = require_unix(fork(), "fork");
    if (child == 0) {
        *shared += 1000;
        *copied += 1000;
        printf("child: %s actor, shared %d, copied %d\n", agetId() == parent ? "the same" : "another", *shared,
               *copied);
        exit(0);
    }
    int status = 0;
    require_unix(waitpid(child, &status, 0), "waitpid");
    printf("parent: shared %d, copied %d\n", *shared, *copied);
    return status != 0;
}
