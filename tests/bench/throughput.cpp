// chorus-bench-throughput: calls a second of eight actors at once, beside what an echo server does for the same
// processes over the same sockets with the same loop: so the ratio is of what the kernel does for a call. [SECONDS for
// each row]
#include <chorus.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <new>
#include <vector>

#include "client/channel.hpp"
#include "daemon/loop.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "site.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::bench {
namespace {

constexpr int actors = 8;
constexpr long window_ns = 100'000'000;

enum class Mode { rest, question, change, echo };

// What the processes share. Each counts for itself.
struct Shared {
    struct alignas(64) Count {
        std::atomic<long> calls{0};
    };
    std::atomic<Mode> mode{Mode::rest};
    std::array<Count, actors> of;
    sem_t ready;

    Shared() { must(sem_init(&ready, 1, 0) == 0, "sem_init"); }
    long calls() const {
        long all = 0;
        for (const Count &one : of)
            all += one.calls;
        return all;
    }
};

void nap(long ns) {
    const timespec time{0, ns};
    nanosleep(&time, nullptr);
}

using Sockets = std::vector<std::pair<wire::Descriptor, wire::Descriptor>>;

void serve_echoes(Sockets &sockets) {
    daemon::Loop loop;
    wire::Inbox inbox;
    wire::Request request{};
    for (auto &[server, client] : sockets) {
        client.reset();
        loop.watch(server.get(), [&, socket = server.get()] {
            if (wire::receive_into(inbox, socket, &request, sizeof request, wire::Blocking::no) != sizeof request)
                return loop.forget(socket);
            wire::Reply reply{};
            reply.prefix = request.prefix;
            reply.number = request.number;
            wire::send_now(socket, &reply, sizeof reply, -1);
        });
    }
    loop.run();
}

void be_actor(Shared &shared, std::atomic<long> &calls, wire::Descriptor socket) {
    client::Channel echo(std::move(socket));
    KnRgnDesc region = one_page();
    must(rgnAllocate(K_MYACTOR, &region) == K_OK, "rgnAllocate");
    sem_post(&shared.ready);
    for (;; ++calls) {
        switch (shared.mode) {
            case Mode::rest:
                nap(1'000'000);
                continue;
            case Mode::question: {
                KnActorPrivilege own;
                must(actorPrivilege(K_MYACTOR, &own, nullptr) == K_OK, "actorPrivilege");
                break;
            }
            case Mode::change:
                ++region.opaque2;
                must(rgnSetOpaque(K_MYACTOR, &region) == K_OK, "rgnSetOpaque");
                break;
            case Mode::echo:
                wire::Request request{};
                wire::Reply reply;
                must(echo.call(wire::CallCode::actor_privilege, request, reply) == K_OK, "an echo");
                break;
        }
    }
}

// Eight actors of a site, and the echo server for the same processes.
class Actors {
  public:
    explicit Actors(const char *program = nullptr) : site_(Child::anywhere, program) {
        setenv("CHORUS_SITE", site_.name().c_str(), 1);
        void *memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        must(memory != MAP_FAILED, "mmap");
        shared_ = new (memory) Shared;
        Sockets sockets;
        for (int i = 0; i < actors; ++i)
            sockets.push_back(wire::socket_pair());
        processes_.emplace_back(Child::anywhere, [&] { serve_echoes(sockets); });
        for (std::size_t i = 0; i < actors; ++i) {
            processes_.emplace_back(Child::anywhere, [&] {
                wire::Descriptor own = std::move(sockets[i].second);
                sockets.clear();
                be_actor(*shared_, shared_->of[i].calls, std::move(own));
            });
            while (sem_wait(&shared_->ready) != 0) {
            }
        }
    }

    // Calls a second.
    double rate_in(Mode mode) {
        shared_->mode = mode;
        nap(window_ns / 10);  // what the mode before has left
        const double start_ns = now_ns();
        const long before = shared_->calls();
        nap(window_ns);
        const double rate = static_cast<double>(shared_->calls() - before) / ((now_ns() - start_ns) * 1e-9);
        shared_->mode = Mode::rest;
        return rate;
    }

  private:
    Site site_;
    Shared *shared_;
    std::list<Child> processes_;
};

template <class Ours, class Floor>
void print_row(const char *what, double seconds, Ours ours_once, Floor floor_once) {
    std::vector<double> ours, floor, ratios;
    for (const double end_ns = now_ns() + seconds * 1e9; now_ns() < end_ns;) {
        ours.push_back(ours_once());
        floor.push_back(floor_once());
        ratios.push_back(ours.back() / floor.back());
    }
    for (auto *column : {&ours, &floor, &ratios})
        std::sort(column->begin(), column->end());
    std::printf("%-38s %9.0f %9.0f %6.2f %5.2f..%.2f\n", what, percentile(ours, 50), percentile(floor, 50),
                percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90));
}

}  // namespace
}  // namespace chorus::bench

int main(int argc, char **argv) {
    using namespace chorus::bench;
    const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
    Actors actors, unlogged(CHORUS_BENCH_UNLOGGED);
    std::printf("%-38s %9s %9s %6s %11s\n", "calls/s, 8 actors", "ours", "other", "ratio", "p10..p90");
    const auto echo = [&] { return actors.rate_in(Mode::echo); };
    const auto change = [&] { return actors.rate_in(Mode::change); };
    print_row(
        "actorPrivilege, and echo", seconds, [&] { return actors.rate_in(Mode::question); }, echo);
    print_row("rgnSetOpaque, and echo", seconds, change, echo);
    print_row("rgnSetOpaque, and without journal", seconds, change, [&] { return unlogged.rate_in(Mode::change); });
}
