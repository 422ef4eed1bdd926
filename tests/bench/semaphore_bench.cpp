#include <semaphore.h>
#include <sys/mman.h>

#include "floor_client.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

// Nanoseconds that `work` takes, done `times` over.
template <class Work>
[[gnu::noinline]] double time_of(Work work, int times = 1) {
    const double start_ns = now_ns();
    for (int i = 0; i < times; ++i)
        work();
    return now_ns() - start_ns;
}

}  // namespace

void signal_and_wait(benchmark::State &state) {
    KnRgnDesc region = one_page();
    must(rgnAllocate(K_MYACTOR, &region) == K_OK, "rgnAllocate");
    auto *ours = static_cast<KnSem *>(address_of(region));
    must(semInit(ours, 0) == K_OK, "semInit");
    void *page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(page != MAP_FAILED, "mmap");
    auto *floor = static_cast<sem_t *>(page);
    must(sem_init(floor, 1, 0) == 0, "sem_init");

    constexpr int at_once = 1000;  // one V and P takes less than reading the clock
    int failures = 0;
    const auto ours_once = [&] {
        failures |= semV(ours);
        failures |= semP(ours, K_NOTIMEOUT);
    };
    const auto floor_once = [&] {
        failures |= sem_post(floor);
        failures |= sem_wait(floor);
    };
    measure(
        state, [&] { return time_of(ours_once, at_once); }, [&] { return time_of(floor_once, at_once); },
        {.works = at_once});
    must(failures == 0, "a V or P");

    munmap(page, page_bytes);
    region.options = 0;
    must(rgnFree(K_MYACTOR, &region) == K_OK, "rgnFree");
}

void round_trip(benchmark::State &state) {
    SemaphorePair<KnSem> &ours = Peer::started().pair();
    SemaphorePair<sem_t> &floor = SemaphorePeer::started().pair();
    int failures = 0;
    const auto ours_once = [&] {
        failures |= semV(&ours.there);
        failures |= semP(&ours.back, K_NOTIMEOUT);
    };
    const auto floor_once = [&] {
        failures |= sem_post(&floor.there);
        failures |= sem_wait(&floor.back);
    };
    measure(
        state, [&] { return time_of(ours_once); }, [&] { return time_of(floor_once); });
    must(failures == 0, "a V or P");
}

}  // namespace chorus::bench
