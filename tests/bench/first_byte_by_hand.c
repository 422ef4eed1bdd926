/* chorus-bench-first-byte-by-hand write|read NAME: POSIX shared memory, and nobody to ask. The reader removes NAME. */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "first_byte.h"

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    const int file = shm_open(argv[2], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof(atomic_uchar)) != 0) return 1;
    void *mapped = mmap(NULL, sizeof(atomic_uchar), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return 1;
    atomic_uchar *byte = mapped;
    if (strcmp(argv[1], "write") == 0) {
        *byte = first_byte;
        return 0;
    }
    alarm(10); /* where nobody writes */
    while (*byte == 0)
        sched_yield(); /* the writer may be waiting for this processor */
    const int status = report(*byte);
    shm_unlink(argv[2]);
    return status;
}
