#include <semaphore.h>
#include <sys/mman.h>

#include "floor_client.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

constexpr int pairs_at_once = 1000;  // one V and P takes less than reading the clock

template <class SignalAndWait>
void measure_pairs(benchmark::State &state, SignalAndWait once) {
    measure(
        state,
        [&] {
            const double start_ns = now_ns();
            for (int i = 0; i < pairs_at_once; ++i)
                once();
            return now_ns() - start_ns;
        },
        pairs_at_once);
}

template <class RoundTrip>
void measure_trips(benchmark::State &state, RoundTrip once) {
    measure(state, [&] {
        const double start_ns = now_ns();
        once();
        return now_ns() - start_ns;
    });
}

}  // namespace

void signal_and_wait(benchmark::State &state) {
    KnRgnDesc region = one_page();
    must(rgnAllocate(K_MYACTOR, &region) == K_OK, "rgnAllocate");
    auto *semaphore = static_cast<KnSem *>(address_of(region));
    must(semInit(semaphore, 0) == K_OK, "semInit");
    int status = K_OK;
    measure_pairs(state, [&] {
        status |= semV(semaphore);
        status |= semP(semaphore, K_NOTIMEOUT);
    });
    must(status == K_OK, "semV or semP");
    region.options = 0;
    must(rgnFree(K_MYACTOR, &region) == K_OK, "rgnFree");
}

void signal_and_wait_floor(benchmark::State &state) {
    void *page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(page != MAP_FAILED, "mmap");
    auto *semaphore = static_cast<sem_t *>(page);
    must(sem_init(semaphore, 1, 0) == 0, "sem_init");
    int status = 0;
    measure_pairs(state, [&] {
        status |= sem_post(semaphore);
        status |= sem_wait(semaphore);
    });
    must(status == 0, "sem_post or sem_wait");
    munmap(page, page_bytes);
}

void round_trip(benchmark::State &state) {
    SemaphorePair<KnSem> &pair = Peer::started().pair();
    int status = K_OK;
    measure_trips(state, [&] {
        status |= semV(&pair.there);
        status |= semP(&pair.back, K_NOTIMEOUT);
    });
    must(status == K_OK, "semV or semP");
}

void round_trip_floor(benchmark::State &state) {
    SemaphorePair<sem_t> &pair = SemaphorePeer::started().pair();
    int status = 0;
    measure_trips(state, [&] {
        status |= sem_post(&pair.there);
        status |= sem_wait(&pair.back);
    });
    must(status == 0, "sem_post or sem_wait");
}

}  // namespace chorus::bench
