/*
 * What the contestants have in common. Each is a process that reads commands from its standard input, a line each, and
 * answers each with one line: "ok ...", "timeout" or "error REASON". The script that starts it, `run`, knows what was
 * to be expected and when; a contestant only says what happened. For C and C++.
 */
#ifndef CHORUS_RIVALS_DIALOGUE_H
#define CHORUS_RIVALS_DIALOGUE_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CONTENT_WORDS = 16384, MAX_WORDS = 8 };

/* `words` are the words of the command, its name first; those that the command lacks are empty. */
typedef void Answer(char **words);

/*
 * create NAME       makes shared memory, a lock and a way for words in both directions: "ok HANDLE"
 * open HANDLE       comes to share what another process made
 * share             "ok HANDLE", for a third process to open
 * write VALUE       fills the shared content with the value
 * read              "ok VALUE" if the whole content is one value, else "error torn"
 * say VALUE         passes a word to the other side
 * hear MS           the next word of the other side: "ok VALUE"
 * hold              takes the lock and keeps it
 * lock MS           takes the lock and gives it back: "ok", or "ok TIME_NS abandoned" if it says that its holder has
 *                   died; the time on the monotonic clock
 * call              asks something new of the system
 * watch MS          looks for the end of the other side in every way the interface has: "ok TIME_NS HOW", the time on
 *                   the monotonic clock
 * fill NAME BYTES   new shared memory of that size, every byte of it written
 * quit              ends in order
 */
struct Command {
    const char *name;
    Answer *answer;
};

static inline void say_line(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static inline int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Lets a millisecond pass, between two looks at what nobody reports. */
static inline void pause_between_looks(void) {
    const struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
}

static inline void fill_content(uint32_t *content, uint32_t value) {
    for (int i = 0; i < CONTENT_WORDS; ++i)
        content[i] = value;
}

static inline void answer_content(const uint32_t *content) {
    for (int i = 1; i < CONTENT_WORDS; ++i)
        if (content[i] != content[0]) {
            say_line("error torn");
            return;
        }
    say_line("ok %u", content[0]);
}

/* Cuts the line at its spaces. */
static inline void split(char *line, char **words) {
    static char empty[] = "";
    char *rest = line;
    for (int i = 0; i < MAX_WORDS; ++i) {
        char *word = strtok_r(i == 0 ? line : NULL, " \n", &rest);
        words[i] = word == NULL ? empty : word;
    }
}

static inline void obey(const struct Command *commands, char **words) {
    for (const struct Command *command = commands; command->name != NULL; ++command)
        if (strcmp(command->name, words[0]) == 0) {
            command->answer(words);
            return;
        }
    say_line("error no command %s", words[0]);
}

/* Returns after "quit", or when nobody asks any more. `commands` end with one without a name. */
static inline void converse(const struct Command *commands) {
    char line[512], *words[MAX_WORDS];
    while (fgets(line, sizeof line, stdin) != NULL) {
        split(line, words);
        if (strcmp(words[0], "quit") == 0) return;
        obey(commands, words);
    }
}

#endif
