/*
 * Two actors and a page: greeting
 *
 * The parent allocates a page and starts this program again, with its own capability and the address of the page. The
 * child maps the page and writes into it; the parent waits on a semaphore in the page and prints what it finds.
 */
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utilities.h>

struct Letter {
    KnSem written;
    char text[100];
};

static void check(int result, const char *call) {
    if (result >= 0) return;
    fprintf(stderr, "greeting: %s: %s\n", call, strSysError(result));
    exit(1);
}

static int parent(char *program) {
    KnCap self, child;
    KnTimeVal limit = {10, 0};
    KnRgnDesc page = {0, sizeof(struct Letter), K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    char words[5][11], *arguments[] = {program, words[0], words[1], words[2], words[3], words[4], NULL};
    struct Letter *letter;
    int status;

    check(rgnAllocate(K_MYACTOR, &page), "rgnAllocate");
    letter = (struct Letter *)(unsigned long)page.startAddr;
    check(semInit(&letter->written, 0), "semInit");

    check(actorSelf(&self), "actorSelf");
    sprintf(words[0], "%u", self.ui.uiHead);
    sprintf(words[1], "%u", self.ui.uiTail);
    sprintf(words[2], "%u", self.key.keyHead);
    sprintf(words[3], "%u", self.key.keyTail);
    sprintf(words[4], "%u", page.startAddr);
    if (afexecv(program, &child, NULL, arguments) == -1) {
        perror("greeting: afexecv");
        return 1;
    }
    check(semP(&letter->written, &limit), "semP");
    printf("the child wrote: %s\n", letter->text);
    return awaits(&child, &status) == -1 || status != 0;
}

static int child(char **arguments) {
    KnCap parent;
    KnRgnDesc mine = {0, sizeof(struct Letter), K_ANYWHERE | K_WRITABLE, 0, NULL, 0};
    KnRgnDesc theirs = {0, sizeof(struct Letter), 0, 0, NULL, 0};
    struct Letter *letter;

    check(readCap(arguments, &parent), "readCap");
    theirs.startAddr = strtoul(arguments[4], NULL, 10);
    check(rgnMapFromActor(K_MYACTOR, &mine, &parent, &theirs), "rgnMapFromActor");
    letter = (struct Letter *)(unsigned long)mine.startAddr;
    strcpy(letter->text, "hello from another address space");
    check(semV(&letter->written), "semV");
    return 0;
}

int main(int argc, char **argv) {
    return argc == 6 ? child(argv + 1) : parent(argv[0]);
}
