// chorus-bench-neighbours: what a bad neighbour takes from an honest actor. [SECONDS for each of them]
//
// The kernel and the honest actor have one processor, the neighbour has the other one. What the honest actor gets done
// in a while in which the neighbour does its worst stands beside what it gets done in the while before, in which the
// neighbour turns round by itself: so the ratio is of what the kernel does for the neighbour, and of nothing else that
// two processors share.
#include <chorus.h>
#include <semaphore.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "client/console.hpp"
#include "hostile.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "site.hpp"

namespace chorus::bench {
namespace {

constexpr int processor_of_kernel = 0, processor_of_neighbour = 1;
constexpr long window_ns = 150'000'000;

enum class Mode { rest, harm };

// What the processes share.
struct Shared {
    std::atomic<long> calls{0};  // of the honest actor
    std::atomic<long> steps{0};  // of the neighbour
    std::atomic<Mode> mode{Mode::rest};
    KnCap owner{};  // of the page that the honest actor maps
    KnRgnDesc page{};
    sem_t ready;

    Shared() { must(sem_init(&ready, 1, 0) == 0, "sem_init"); }
    void await() {
        while (sem_wait(&ready) != 0) {
        }
    }
};

Shared &make_shared() {
    void *memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED, "mmap");
    return *new (memory) Shared;
}

void touch(const KnRgnDesc &region) {
    *static_cast<volatile char *>(address_of(region)) = 1;
}

void own_a_page(Shared &shared) {
    shared.page = one_page();
    must(rgnAllocate(K_MYACTOR, &shared.page) == K_OK, "rgnAllocate");
    must(actorSelf(&shared.owner) == K_OK, "actorSelf");
    sem_post(&shared.ready);
    for (;;)
        pause();
}

template <class Call>
void call_and_free(Shared &shared, Call call) {
    KnRgnDesc region = one_page();
    must(call(region) == K_OK, "a region call");
    touch(region);
    region.options = 0;
    must(rgnFree(K_MYACTOR, &region) == K_OK, "rgnFree");
    shared.calls += 2;
}

void be_honest(Shared &shared) {
    for (;;) {
        call_and_free(shared, [](KnRgnDesc &region) { return rgnAllocate(K_MYACTOR, &region); });
        call_and_free(shared, [&](KnRgnDesc &region) {
            return rgnMapFromActor(K_MYACTOR, &region, &shared.owner, &shared.page);
        });
    }
}

void be_hostile(Shared &shared, const Neighbour &neighbour, const std::string &site) {
    const std::unique_ptr<Hostile> hostile = neighbour.make(site);
    hostile->prepare();
    for (Mode mode = Mode::rest;;) {
        if (mode == Mode::rest) hostile->rest();
        sem_post(&shared.ready);
        for (const Mode now = mode; shared.mode == now;) {
            if (now == Mode::rest) continue;
            hostile->step();
            ++shared.steps;
        }
        mode = shared.mode;
    }
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return percentile(values, 50);
}

// Calls, and steps, a second.
struct Rate {
    double calls, steps;
};

Rate measure_window(const Shared &shared) {
    const long calls = shared.calls, steps = shared.steps;
    const double start_ns = now_ns();
    const timespec window{0, window_ns};
    nanosleep(&window, nullptr);
    const double seconds = (now_ns() - start_ns) * 1e-9;
    return {static_cast<double>(shared.calls - calls) / seconds, static_cast<double>(shared.steps - steps) / seconds};
}

void change(Shared &shared, Mode mode, const std::string &site) {
    shared.mode = mode;
    shared.await();
    // What came before it is done with when a newcomer is answered.
    if (mode == Mode::rest) client::Console(site, client::Missing::report);
}

void measure(const Neighbour &neighbour, double seconds) {
    const Site site(processor_of_kernel);
    setenv("CHORUS_SITE", site.name().c_str(), 1);
    if (neighbour.quota) site.set_quota(64);
    Shared &shared = make_shared();
    const Child owner(processor_of_kernel, [&] { own_a_page(shared); });
    shared.await();
    const Child hostile(processor_of_neighbour, [&] { be_hostile(shared, neighbour, site.name()); });
    shared.await();
    const Child honest(processor_of_kernel, [&] { be_honest(shared); });
    measure_window(shared);
    std::vector<double> alone, beside, ratios, steps;
    const double end_ns = now_ns() + seconds * 1e9;
    while (now_ns() < end_ns) {
        const Rate without = measure_window(shared);
        change(shared, Mode::harm, site.name());
        const Rate with = measure_window(shared);
        change(shared, Mode::rest, site.name());
        alone.push_back(without.calls);
        beside.push_back(with.calls);
        steps.push_back(with.steps);
        ratios.push_back(with.calls / without.calls);
    }
    std::printf("%-38s %10.0f %10.0f %10.0f %6.2f", neighbour.what, median(steps), median(alone), median(beside),
                median(ratios));
    neighbour.goal > 0 ? std::printf(" %5.2f\n", neighbour.goal) : std::printf("     -\n");
    std::fflush(stdout);
}

}  // namespace
}  // namespace chorus::bench

int main(int argc, char **argv) {
    using namespace chorus::bench;
    const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
    pin_to(processor_of_neighbour);
    std::printf("%-38s %10s %10s %10s\n", "", "its", "calls/s", "calls/s");
    std::printf("%-38s %10s %10s %10s %6s %5s\n", "the neighbour", "steps/s", "without", "with", "ratio", "goal");
    for (const Neighbour &neighbour : neighbours())
        if (argc < 3 || std::string(neighbour.what).find(argv[2]) != std::string::npos) measure(neighbour, seconds);
}
