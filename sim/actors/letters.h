/*
 * The page that alice allocates and bob maps. Either side may write to all of it at any time, so neither relies on what
 * the other has left there: texts are copied out before they are looked at, and waits have a limit.
 */
#ifndef CHORUS_SIM_LETTERS_H
#define CHORUS_SIM_LETTERS_H

#include "family.h"

struct Letters {
    KnSem answered; /* bob has answered */
    KnSem seen;     /* alice needs bob no more */
    char greeting[100];
    char answer[100];
};

#define GREETING "Hello bob, I wrote this in my own memory."
#define ANSWER "Hello alice, I read it and answer in the same page."

/* Prints a letter of the shared page as read by `who`, and ends the program where it is not the one expected. */
static inline void read_letter(const char *who, const char letter[100], const char *expected) {
    char copy[101];
    snprintf(copy, sizeof copy, "%.100s", letter);
    if (strcmp(copy, expected) != 0) {
        fprintf(stderr, "%s: this is not the letter that I expected\n", who);
        exit(1);
    }
    printf("%-6s reads   \"%s\"\n", who, copy);
}

#endif
