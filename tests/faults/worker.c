/*
 * One of a pair of actors that allocate, map, free, hand over semaphores and look at what they read, for as many rounds
 * as the argument says, or until the standard input of the first is closed. The first starts the second. With the
 * argument `three` there is a third one, too: in turns with the first it maps memory into the second while that sleeps,
 * changes its protection, and frees it there again, which waits until the second has unlocked it. Whatever is not as it
 * should be is said on the error output, and ends the worker with status 1.
 */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "family.h"

enum { page_bytes = 4096, pages_max = 4 };
static long limit_s = 60; /* for the other to do its part: less where a fault may end it */

/* What the two share throughout. */
typedef struct Table {
    KnSem to_second, to_first, to_third;
    VmAddr start;
    VmSize size_bytes;
    unsigned round, stop;
    /* With a third. */
    KnCap first, second;
    unsigned children;
    VmAddr in_second; /* where the memory of this round is mapped in the second; 0: nowhere */
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

/* Maps the memory of this round into the second, or frees it there. */
static void change_second(Table *table) {
    KnRgnDesc mapped = {table->in_second, table->size_bytes, 0, 0, NULL, 0};
    if (table->in_second != 0) {
        TIMED(rgnFree(&table->second, &mapped));
        table->in_second = 0;
        return;
    }
    KnRgnDesc source = {table->start, table->size_bytes, 0, 0, NULL, 0};
    mapped = of_round(table->round);
    TIMED(rgnMapFromActor(&table->second, &mapped, &table->first, &source));
    table->in_second = mapped.startAddr;
    mapped.options = 0;
    TIMED(rgnSetProtect(&table->second, &mapped));
    mapped.options = K_WRITABLE;
    TIMED(rgnSetProtect(&table->second, &mapped));
}

static void let_change_second(Table *table, int by_third) {
    if (!by_third) {
        change_second(table);
        return;
    }
    require_ok(semV(&table->to_third), "semV");
    wait_for_token(&table->to_first, limit_s);
}

static int third(Table *table) {
    require_ok(semV(&table->to_first), "semV");
    for (;;) {
        wait_for_token(&table->to_third, limit_s);
        if (table->stop) return 0;
        change_second(table);
        require_ok(semV(&table->to_first), "semV");
    }
}

static int first(const char *program, unsigned rounds_max, int three) {
    Table *table = allocate_shared(sizeof *table);
    require_ok(semInit(&table->to_second, 0), "semInit");
    require_ok(semInit(&table->to_first, 0), "semInit");
    require_ok(semInit(&table->to_third, 0), "semInit");
    require_ok(actorSelf(&table->first), "actorSelf");
    const int child = start_child(program, table);
    wait_for_token(&table->to_first, limit_s);
    int other_child = 0;
    if (three) {
        other_child = start_child(program, table);
        wait_for_token(&table->to_first, limit_s);
    }
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    unsigned round = 0;
    while (round < rounds_max && poll(&input, 1, 0) == 0) {
        KnRgnDesc made = of_round(++round);
        TIMED(rgnAllocate(K_MYACTOR, &made));
        fill(made.startAddr, made.size, round);
        table->start = made.startAddr;
        table->size_bytes = made.size;
        table->round = round;
        if (three) let_change_second(table, round % 2 == 0);
        require_ok(semV(&table->to_second), "semV");
        alone(round);
        wait_for_token(&table->to_first, limit_s);
        look("what the second has written", made.startAddr, made.size, round * 2);
        if (three) let_change_second(table, round % 4 < 2);
        free_all_of(&made);
    }
    table->stop = 1;
    require_ok(semV(&table->to_second), "semV");
    wait_for_token(&table->to_first, limit_s);
    wait_for_child(child);
    if (three) {
        require_ok(semV(&table->to_third), "semV");
        wait_for_child(other_child);
    }
    printf("%u rounds, longest call %.1f ms\n", round, longest_ms);
    return 0;
}

static int started(int argc, char **argv) {
    KnCap other;
    Table *table = map_from_parent(argc, argv, sizeof *table);
    require_ok(readCap(argv + 1, &other), "readCap");
    if (__atomic_fetch_add(&table->children, 1, __ATOMIC_RELAXED) == 1) return third(table);
    require_ok(actorSelf(&table->second), "actorSelf");
    require_ok(semV(&table->to_first), "semV");
    for (;;) {
        wait_for_token(&table->to_second, limit_s);
        if (table->stop) break;
        const unsigned round = table->round;
        const VmAddr from_others = table->in_second;
        const VmSize size_bytes = table->size_bytes;
        if (from_others != 0) {
            look("what was mapped into the second", from_others, size_bytes, round);
            TIMED(vmLock(K_MYACTOR, from_others, size_bytes, K_WRITABLE));
        }
        KnRgnDesc source = {table->start, table->size_bytes, 0, 0, NULL, 0};
        KnRgnDesc mapped = of_round(round);
        TIMED(rgnMapFromActor(K_MYACTOR, &mapped, &other, &source));
        look("what the first has written", mapped.startAddr, mapped.size, round);
        fill(mapped.startAddr, mapped.size, round * 2);
        free_all_of(&mapped);
        require_ok(semV(&table->to_first), "semV");
        if (from_others != 0) TIMED(vmUnLock(K_MYACTOR, from_others, size_bytes, K_WRITABLE));
        alone(round + 1);
    }
    require_ok(semV(&table->to_first), "semV");
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 2) return started(argc, argv);
    if (argc < 2 || strcmp(argv[1], "three") == 0) return first(argv[0], ~0U, argc == 2);
    limit_s = 5;
    return first(argv[0], (unsigned)strtoul(argv[1], NULL, 10), 0);
}
