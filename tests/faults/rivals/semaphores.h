/*
 * What chorus.cpp and posix.c have in common, whose semaphores lie in the memory that they share. The types Semaphore
 * and Lock are defined before this is included; what is declared here and not defined the contestant defines. A status
 * is below 0 where something failed.
 */
#ifndef CHORUS_RIVALS_SEMAPHORES_H
#define CHORUS_RIVALS_SEMAPHORES_H

#include "dialogue.h"

struct Shared {
    Lock lock;
    Semaphore said[2]; /* by the one that made it, by the one that opened it */
    uint32_t word[2];
    uint32_t content[CONTENT_WORDS];
};

static struct Shared *shared;
static int side; /* 0 for the one that made it, 1 for the one that opened it */

static void make_lock(Lock *lock);
static void initialise(Semaphore *semaphore, unsigned tokens);
static int take_within(Semaphore *semaphore, long limit_ms);
static int give(Semaphore *semaphore);
/* Says what a status is: "ok", "timeout" or why something failed. */
static void answer_status(int status);

static void begin_sharing(void *memory) {
    shared = (struct Shared *)memory;
    make_lock(&shared->lock);
    initialise(&shared->said[0], 0);
    initialise(&shared->said[1], 0);
}

static void write_content(char **words) {
    fill_content(shared->content, (uint32_t)atol(words[1]));
    say_line("ok");
}

static void read_content(char **words) {
    (void)words;
    answer_content(shared->content);
}

static void say(char **words) {
    shared->word[side] = (uint32_t)atol(words[1]);
    answer_status(give(&shared->said[side]));
}

static void hear(char **words) {
    const int status = take_within(&shared->said[1 - side], atol(words[1]));
    if (status >= 0)
        say_line("ok %u", shared->word[1 - side]);
    else
        answer_status(status);
}

#endif
