/* chorus-bench-child PIPE [call]: writes the time at which its main began to PIPE, or a first call was answered; ends.
 */
#include <chorus.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    if (argc == 3) {
        KnCap self;
        if (actorSelf(&self) != K_OK) return 1;
        clock_gettime(CLOCK_MONOTONIC, &begun);
    } else if (argc != 2) {
        return 2;
    }
    return write(atoi(argv[1]), &begun, sizeof begun) == sizeof begun ? 0 : 1;
}
