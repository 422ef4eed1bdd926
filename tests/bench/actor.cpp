// chorus-bench-actor PIPE: the other actor. It has a page that others map, writes the page's address to PIPE, and
// answers on the SemaphorePair<KnSem> in it. It ends with the process that started it.
#include <chorus.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "semaphore_pair.hpp"

int main(int argc, char **argv) {
    using Pair = chorus::bench::SemaphorePair<KnSem>;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 2) return 2;
    KnRgnDesc region{};
    region.size = sizeof(Pair);
    region.options = K_WRITABLE | K_ANYWHERE;
    if (rgnAllocate(K_MYACTOR, &region) != K_OK) return 1;
    Pair &pair = *reinterpret_cast<Pair *>(static_cast<unsigned long>(region.startAddr));
    if (semInit(&pair.there, 0) != K_OK || semInit(&pair.back, 0) != K_OK) return 1;
    const int pipe = std::atoi(argv[1]);
    if (write(pipe, &region.startAddr, sizeof region.startAddr) != sizeof region.startAddr) return 1;
    close(pipe);
    for (;;) {
        if (semP(&pair.there, K_NOTIMEOUT) != K_OK) return 1;
        if (pair.ending) return 0;
        semV(&pair.back);
    }
}
