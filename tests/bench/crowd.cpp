// chorus-bench-crowd REGIONS ACTORS: so many actors of a private kernel of their own that have so many regions
// together, most of them none. For each byte on standard input the first of them makes the calls below among its
// regions and writes the nanoseconds that they took to standard output. It ends when its standard input does.
#include <chorus.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "measure.hpp"

namespace {

using namespace chorus::bench;

constexpr unsigned page = 4096;
constexpr unsigned per_actor = 25'000;  // an actor has room for 32,000

VmAddr address_of_page(unsigned number) {
    return CHORUS_USER_START + number * page;
}

KnRgnDesc pages_at(VmAddr start, unsigned count) {
    KnRgnDesc region{};
    region.startAddr = start;
    region.size = count * page;
    return region;
}

// A forked actor.
void start_idle() {
    const pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        pause();
}

// One region on every fourth page, with three pages of room behind it: an allocation with three holes of a page.
void fill(unsigned regions) {
    for (unsigned number = 0; number < regions; ++number) {
        KnRgnDesc region = pages_at(address_of_page(4 * number), 1);
        region.options = K_WRITABLE;
        if (number % 1'000 != 0) {
            // All of a thousand map the first one's memory: descriptors are for memory, not for regions.
            KnRgnDesc first = pages_at(address_of_page(4 * (number - number % 1'000)), 1);
            must(rgnMapFromActor(K_MYACTOR, &region, K_MYACTOR, &first) == K_OK, "rgnMapFromActor");
        } else {
            must(rgnAllocate(K_MYACTOR, &region) == K_OK, "rgnAllocate");
        }
    }
}

// Places, splits, merges, finds and removes, at the number-th hole: five calls.
double time_calls(unsigned number) {
    KnRgnDesc room = pages_at(address_of_page(4 * number + 1), 3), middle = pages_at(room.startAddr + page, 1);
    KnRgnStat found;
    const double start_ns = now_ns();
    room.options = K_WRITABLE;
    must(rgnAllocate(K_MYACTOR, &room) == K_OK, "rgnAllocate");
    middle.options = K_INHERITSHARE;
    must(rgnSetInherit(K_MYACTOR, &middle) == K_OK, "rgnSetInherit");
    middle.options = 0;
    must(rgnSetInherit(K_MYACTOR, &middle) == K_OK, "rgnSetInherit");
    must(rgnStat(K_MYACTOR, &middle, &found, sizeof found) == 1 && found.size == page, "rgnStat");
    room.options = 0;
    must(rgnFree(K_MYACTOR, &room) == K_OK, "rgnFree");
    return now_ns() - start_ns;
}

}  // namespace

int main(int argc, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto number_at = [&](int index) { return static_cast<unsigned>(argc == 3 ? std::atoi(argv[index]) : 0); };
    const unsigned regions = number_at(1), actors = number_at(2);
    const unsigned own = regions < per_actor ? regions : per_actor;
    if (own == 0) return 2;
    KnCap self;
    must(actorSelf(&self) == K_OK, "actorSelf");
    for (unsigned others = 1; others < actors; ++others)
        start_idle();
    fill(own);
    // A forked actor has its parent's regions.
    for (unsigned others = own; others < regions; others += own) {
        start_idle();
    }
    unsigned number = 1;
    for (char byte; read(STDIN_FILENO, &byte, 1) == 1;) {
        number = number * 1'664'525 + 1'013'904'223;  // anywhere among them
        const double taken_ns = time_calls((number >> 8) % own);
        if (write(STDOUT_FILENO, &taken_ns, sizeof taken_ns) != sizeof taken_ns) return 1;
    }
    return 0;
}
