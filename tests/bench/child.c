/* chorus-bench-child PIPE: writes the time at which its main began to PIPE, and ends. */
#include <chorus.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (argc != 2 || vmPageSize() <= 0) return 2; /* a call, so that the linker keeps the library */
    return write(atoi(argv[1]), &begun, sizeof begun) == sizeof begun ? 0 : 1;
}
