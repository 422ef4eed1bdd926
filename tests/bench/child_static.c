/* chorus-bench-child-static PIPE: writes the time at which its main began to PIPE and ends. Linked statically, without
 * libchorus: an actor that makes no calls.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (argc != 2) return 2;
    return write(atoi(argv[1]), &begun, sizeof begun) == sizeof begun ? 0 : 1;
}
