/*
 * The other side of test_exchange.py: maps a region of its parent, adds up the numbers in it, and writes others.
 *
 * partner CAPABILITY(4 words) ADDRESS SIZE
 */
#include <chorus.h>
#include <stdlib.h>
#include <utilities.h>

struct shared {
    KnSem asked, answered;
    long count;
    double sum;
    double values[];
};

int main(int argc, char **argv) {
    KnCap parent;
    KnRgnDesc mine = {0}, theirs = {0};
    struct shared *shared;
    if (argc != 7 || readCap(argv + 1, &parent) != K_OK) return 2;
    theirs.startAddr = strtoul(argv[5], NULL, 0);
    theirs.size = mine.size = strtoul(argv[6], NULL, 0);
    mine.options = K_ANYWHERE | K_WRITABLE;
    if (rgnMapFromActor(K_MYACTOR, &mine, &parent, &theirs) != K_OK) return 3;
    shared = (struct shared *)(unsigned long)mine.startAddr;
    if (semP(&shared->asked, K_NOTIMEOUT) != K_OK) return 4;
    shared->sum = 0;
    for (long i = 0; i < shared->count; i++) {
        shared->sum += shared->values[i];
        shared->values[i] = (double)i * (double)i;
    }
    return semV(&shared->answered) == K_OK ? 0 : 5;
}
