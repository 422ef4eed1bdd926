/*
 * One half of an exchange; exchange.sps is the other, which says what it does.
 *
 * scheme-exchange PROGRAM ARGUMENT...                starts the other half
 * scheme-exchange WORD WORD WORD WORD ADDRESS        is started by it
 */
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utilities.h>

enum { NUMBERS = 100 };

typedef struct Exchange {
    KnSem toChild;
    KnSem toParent;
    int numbers[NUMBERS];
} Exchange;

static int fail(const char *what) {
    fprintf(stderr, "scheme-exchange: %s\n", what);
    return 1;
}

static int be_parent(int count, char **arguments) {
    KnRgnDesc desc = {0, sizeof(Exchange), K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    KnCap self;
    char words[5][11], *all[20];
    int i, aid, status;
    Exchange *exchange;
    if (count > 14) return fail("too many arguments");
    if (rgnAllocate(K_MYACTOR, &desc) != K_OK || actorSelf(&self) != K_OK) return fail("rgnAllocate or actorSelf");
    exchange = (Exchange *)(unsigned long)desc.startAddr;
    semInit(&exchange->toChild, 0);
    semInit(&exchange->toParent, 0);
    for (i = 0; i < NUMBERS; ++i)
        exchange->numbers[i] = i * i;
    snprintf(words[0], sizeof words[0], "0x%x", self.ui.uiHead);
    snprintf(words[1], sizeof words[1], "%u", self.ui.uiTail);
    snprintf(words[2], sizeof words[2], "0x%x", self.key.keyHead);
    snprintf(words[3], sizeof words[3], "%u", self.key.keyTail);
    snprintf(words[4], sizeof words[4], "%u", desc.startAddr);
    memcpy(all, arguments, count * sizeof *all);
    for (i = 0; i < 5; ++i)
        all[count + i] = words[i];
    all[count + 5] = NULL;
    aid = afexecvp(all[0], NULL, NULL, all);
    if (aid == -1) return fail("afexecvp");
    semV(&exchange->toChild);
    semP(&exchange->toParent, K_NOTIMEOUT);
    for (i = 0; i < NUMBERS; ++i)
        if (exchange->numbers[i] != i * i + 1000) return fail("a number is wrong");
    if (await(aid, &status) != aid || !IS_EXIT_EVT(status) || GET_EXIT_EVT(status) != 0) return fail("await");
    puts("exchanged");
    return 0;
}

static int be_child(char **words) {
    KnCap parent;
    KnRgnDesc source = {(VmAddr)strtoul(words[4], NULL, 0), sizeof(Exchange), 0, 0, NULL, 0};
    KnRgnDesc desc = {0, sizeof(Exchange), K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    Exchange *exchange;
    int i;
    if (readCap(words, &parent) != K_OK) return fail("readCap");
    if (rgnMapFromActor(K_MYACTOR, &desc, &parent, &source) != K_OK) return fail("rgnMapFromActor");
    exchange = (Exchange *)(unsigned long)desc.startAddr;
    semP(&exchange->toChild, K_NOTIMEOUT);
    for (i = 0; i < NUMBERS; ++i)
        exchange->numbers[i] += 1000;
    semV(&exchange->toParent);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 6 && argv[1][0] >= '0' && argv[1][0] <= '9') return be_child(argv + 1);
    if (argc > 1) return be_parent(argc - 1, argv + 1);
    return fail("no arguments");
}
