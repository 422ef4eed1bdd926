/*
 * An integer there and back: the parent stores 234 in memory that it shares with its child, the child adds 1000, and
 * the parent, which waits until the child has ended, prints 1234.
 */
#include "family.h"

static int parent(const char *program) {
    int *number = allocate_shared(sizeof *number);
    *number = 234;
    wait_for_child(start_child(program, number));
    printf("%d\n", *number);
    return 0;
}

static int child(int argc, char **argv) {
    int *number = map_from_parent(argc, argv, sizeof *number);
    *number += 1000;
    return 0;
}

int main(int argc, char **argv) {
    return argc == 1 ? parent(argv[0]) : child(argc, argv);
}
