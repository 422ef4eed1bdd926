// Semaphores without contention. No kernel runs: a semaphore is memory of this process.
#include <chorus.h>
#include <sync/chSemQuick.h>

#include "instructions/counted.hpp"
#include "kernel/ensure.hpp"

namespace chorus::test {

namespace counted {

// What a program contains instead of a call, when it is compiled with optimisation.
[[gnu::noinline]] int take_inlined(KnSem *sem) {
    return semP(sem, K_NOTIMEOUT);
}
[[gnu::noinline]] int give_inlined(KnSem *sem) {
    return semV(sem);
}

// The functions of the library, called through pointers, which are never inlined. Relocation sets the pointers at
// start-up, so that no lookup of a symbol is counted.
int (*const volatile library_take)(KnSem *, KnTimeVal *) = semP;
int (*const volatile library_give)(KnSem *) = semV;

[[gnu::noinline]] int take(KnSem *sem, KnTimeVal *limit) {
    return library_take(sem, limit);
}
[[gnu::noinline]] int give(KnSem *sem) {
    return library_give(sem);
}

}  // namespace counted

namespace {

using kernel::ensure;

KnSem semaphore;

void expect(int status, int expected) {
    ensure(status == expected, "a call on a semaphore returns what it should");
}

// The library looks up the memory and the thread in the first calls on a semaphore.
std::vector<CountedCall> calls() {
    expect(semInit(&semaphore, 0), K_OK);
    expect(counted::library_give(&semaphore), K_OK);
    expect(counted::library_take(&semaphore, K_NOTIMEOUT), K_OK);
    return {
        {"semV",
         [] {
             expect(counted::give(&semaphore), K_OK);
             expect(counted::library_take(&semaphore, K_NOTIMEOUT), K_OK);
         }},
        {"semP",
         [] {
             expect(counted::library_give(&semaphore), K_OK);
             expect(counted::take(&semaphore, K_NOTIMEOUT), K_OK);
         }},
        {"semV_inlined",
         [] {
             expect(counted::give_inlined(&semaphore), K_OK);
             expect(counted::library_take(&semaphore, K_NOTIMEOUT), K_OK);
         }},
        {"semP_inlined",
         [] {
             expect(counted::library_give(&semaphore), K_OK);
             expect(counted::take_inlined(&semaphore), K_OK);
         }},
        {"semP_without_token", [] { expect(counted::take(&semaphore, K_NOBLOCK), K_ETIMEOUT); }},
    };
}

constexpr CountedGroup groups[] = {{"semaphores", calls}};

}  // namespace

std::span<const CountedGroup> counted_groups() {
    return groups;
}

}  // namespace chorus::test
