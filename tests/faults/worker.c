/*
 * One of a pair of actors that allocate, map, free, hand over semaphores and look at what they read, for as many rounds
 * as the argument says, or until the standard input of the first is closed. The first starts the second. Whatever is
 * not as it should be is said on the error output, and ends the worker with status 1.
 */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "family.h"

enum { page_bytes = 4096, pages_max = 4 };
static long limit_s = 60; /* for the other to do its part: less where a fault may end it */

/* What the two share throughout. */
typedef struct Table {
    KnSem to_second, to_first;
    VmAddr start;
    VmSize size_bytes;
    unsigned round, stop;
} Table;

static double longest_ms;

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Makes a call of the kernel, and notes how long it took. */
#define TIMED(call)                                                             \
    do {                                                                        \
        const double begun_ms = now_ms();                                       \
        require_ok((call), #call);                                              \
        if (now_ms() - begun_ms > longest_ms) longest_ms = now_ms() - begun_ms; \
    } while (0)

static void fill(VmAddr start, VmSize size_bytes, unsigned word) {
    unsigned *at = pointer_to(start);
    for (unsigned i = 0; i < size_bytes / sizeof *at; ++i)
        at[i] = word + i;
}

static void look(const char *what, VmAddr start, VmSize size_bytes, unsigned word) {
    const unsigned *at = pointer_to(start);
    for (unsigned i = 0; i < size_bytes / sizeof *at; ++i)
        if (at[i] != word + i) {
            fprintf(stderr, "%s: word %u is %u, not %u\n", what, i, at[i], word + i);
            exit(1);
        }
}

static KnRgnDesc of_round(unsigned round) {
    const KnRgnDesc region = {0, (1 + round % pages_max) * page_bytes, K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    return region;
}

static void free_all_of(const KnRgnDesc *region) {
    KnRgnDesc whole = {region->startAddr, region->size, 0, 0, NULL, 0};
    TIMED(rgnFree(K_MYACTOR, &whole));
}

/* What concerns nobody else. */
static void alone(unsigned round) {
    KnRgnDesc own = of_round(round);
    TIMED(rgnAllocate(K_MYACTOR, &own));
    fill(own.startAddr, own.size, round * 3);
    look("its own memory", own.startAddr, own.size, round * 3);
    free_all_of(&own);
}

static int first(const char *program, unsigned rounds_max) {
    Table *table = allocate_shared(sizeof *table);
    require_ok(semInit(&table->to_second, 0), "semInit");
    require_ok(semInit(&table->to_first, 0), "semInit");
    const int child = start_child(program, table);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    unsigned round = 0;
    while (round < rounds_max && poll(&input, 1, 0) == 0) {
        KnRgnDesc made = of_round(++round);
        TIMED(rgnAllocate(K_MYACTOR, &made));
        fill(made.startAddr, made.size, round);
        table->start = made.startAddr;
        table->size_bytes = made.size;
        table->round = round;
        require_ok(semV(&table->to_second), "semV");
        alone(round);
        wait_for_token(&table->to_first, limit_s);
        look("what the second has written", made.startAddr, made.size, round * 2);
        free_all_of(&made);
    }
    table->stop = 1;
    require_ok(semV(&table->to_second), "semV");
    wait_for_token(&table->to_first, limit_s);
    wait_for_child(child);
    printf("%u rounds, longest call %.1f ms\n", round, longest_ms);
    return 0;
}

static int second(int argc, char **argv) {
    KnCap other;
    Table *table = map_from_parent(argc, argv, sizeof *table);
    require_ok(readCap(argv + 1, &other), "readCap");
    for (;;) {
        wait_for_token(&table->to_second, limit_s);
        if (table->stop) break;
        const unsigned round = table->round;
        KnRgnDesc source = {table->start, table->size_bytes, 0, 0, NULL, 0};
        KnRgnDesc mapped = of_round(round);
        TIMED(rgnMapFromActor(K_MYACTOR, &mapped, &other, &source));
        look("what the first has written", mapped.startAddr, mapped.size, round);
        fill(mapped.startAddr, mapped.size, round * 2);
        free_all_of(&mapped);
        require_ok(semV(&table->to_first), "semV");
        alone(round + 1);
    }
    require_ok(semV(&table->to_first), "semV");
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 2) return second(argc, argv);
    if (argc == 2) limit_s = 5;
    return first(argv[0], argc == 2 ? (unsigned)strtoul(argv[1], NULL, 10) : ~0U);
}
