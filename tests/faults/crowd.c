/*
 * A hundred actors with ten regions each. The first makes calls without a pause; for each line of its standard input it
 * prints the longest of them since the line before, in milliseconds.
 */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "family.h"

enum { actors = 100, regions = 10 };

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void allocate_all(void) {
    for (int i = 0; i < regions; ++i)
        allocate_shared(4096);
}

int main(void) {
    int ready[2];
    require_unix(pipe(ready), "pipe");
    for (int i = 1; i < actors; ++i) {
        if (require_unix(fork(), "fork") != 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        allocate_all();
        require_unix((int)write(ready[1], "", 1), "write");
        pause();
    }
    allocate_all();
    for (int i = 1; i < actors; ++i) {
        char byte;
        require_unix((int)read(ready[0], &byte, 1), "read");
    }
    puts("ready");
    double longest_ms = 0;
    for (struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};;) {
        const double begun_ms = now_ms();
        require_ok(actorPrivilege(K_MYACTOR, NULL, NULL), "actorPrivilege");
        if (now_ms() - begun_ms > longest_ms) longest_ms = now_ms() - begun_ms;
        if (poll(&input, 1, 0) == 0) continue;
        char line[16];
        if (read(STDIN_FILENO, line, sizeof line) <= 0) break;
        printf("%.2f\n", longest_ms);
        longest_ms = 0;
    }
    return 0;
}
