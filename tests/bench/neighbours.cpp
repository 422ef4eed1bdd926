// chorus-bench-neighbours: what a bad neighbour takes from an honest actor. [SECONDS for each of them]
//
// The kernel and the honest actor have one processor, the neighbour has the other one. What the honest actor gets done
// in a while in which the neighbour does its worst stands beside what it gets done in the while before, in which the
// neighbour turns round by itself: so the ratio is of what the kernel does for the neighbour, and of nothing else that
// two processors share.
#include <chorus.h>
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "hostile.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::bench {
namespace {

constexpr int processor_of_kernel = 0, processor_of_neighbour = 1;
constexpr long window_ns = 150'000'000;

void pin_to(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    must(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity: two processors are needed");
}

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

// A process that ends with this object.
class Child {
  public:
    Child(int processor, const std::function<void()> &work) : pid_(fork()) {
        must(pid_ >= 0, "fork");
        if (pid_ > 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin_to(processor);
        work();
        _exit(1);
    }
    ~Child() { end(SIGKILL); }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    void end(int signal) {
        if (pid_ <= 0) return;
        kill(pid_, signal);
        waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

  private:
    pid_t pid_;
};

// A console's connection.
class Console {
  public:
    explicit Console(const std::string &site) : socket_(wire::connect_to(geteuid(), site)) {
        must(bool{socket_}, "connection to the kernel");
        wire::Request request{};
        call(wire::CallCode::console, request);
    }
    void call(wire::CallCode code, wire::Request &request) {
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
        wire::Reply reply{};
        must(wire::send(socket_.get(), &request, sizeof request), "a call of the console");
        wire::receive(socket_.get(), &reply, sizeof reply, wire::Blocking::yes);
        must(reply.prefix.magic == wire::magic && reply.status == K_OK, "a call of the console");
    }

  private:
    wire::Descriptor socket_;
};

struct Pipe {
    Pipe() {
        int ends[2];
        must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
        from = wire::Descriptor(ends[0]);
        to = wire::Descriptor(ends[1]);
    }
    wire::Descriptor from, to;
};

class Site {
  public:
    Site() : name_("bench-neighbours-" + std::to_string(getpid())), chorusd_(processor_of_kernel, [this] { serve(); }) {
        output_.to.reset();
        char byte;
        must(read(output_.from.get(), &byte, 1) == 1, "start of chorusd");
    }
    ~Site() { chorusd_.end(SIGTERM); }
    Site(const Site &) = delete;
    Site &operator=(const Site &) = delete;
    const std::string &name() const { return name_; }
    void set_quota(std::uint64_t regions) const {
        Console console(name_);
        wire::Request request{};
        request.value = static_cast<std::uint32_t>(wire::QuotaKind::actor_limit);
        request.region.start = regions;
        request.region.size_bytes = request.region.end = request.region.opaque1 = ~std::uint64_t{0};
        console.call(wire::CallCode::set_quotas, request);
    }

  private:
    void serve() const {
        dup2(output_.to.get(), STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execl(CHORUS_BENCH_CHORUSD, "chorusd", "--site", name_.c_str(), nullptr);
    }

    std::string name_;
    Pipe output_;
    Child chorusd_;
};

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
    if (mode == Mode::rest) Console{site};
}

void measure(const Neighbour &neighbour, double seconds) {
    const Site site;
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
