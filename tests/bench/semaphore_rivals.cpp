// Semaphores beside their rivals, between processes: a round trip on two processors and on one, hand-over to one of
// many sleepers, and mutual exclusion. Contestants take turns; times in microseconds.
#include <chorus.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/interprocess/sync/interprocess_semaphore.hpp>
#include <cstdint>
#include <cstdio>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include "measure.hpp"

namespace chorus::bench {
namespace {

struct Ours {
    static constexpr const char *name = "KnSem";
    KnSem sem;
    explicit Ours(unsigned count) { must(semInit(&sem, count) == K_OK, "semInit"); }
    void post() { semV(&sem); }
    void wait() { semP(&sem, K_NOTIMEOUT); }
};

struct Posix {
    static constexpr const char *name = "sem_t";
    sem_t sem;
    explicit Posix(unsigned count) { must(sem_init(&sem, 1, count) == 0, "sem_init"); }
    void post() { sem_post(&sem); }
    void wait() { sem_wait(&sem); }
};

struct Boost {
    static constexpr const char *name = "boost";
    boost::interprocess::interprocess_semaphore sem;
    explicit Boost(unsigned count) : sem(count) {}
    void post() { sem.post(); }
    void wait() { sem.wait(); }
};

struct SysV {
    static constexpr const char *name = "semop";
    int id;
    explicit SysV(unsigned count) : id(semget(IPC_PRIVATE, 1, 0600)) {
        must(id >= 0 && semctl(id, 0, SETVAL, static_cast<int>(count)) == 0, "semget");
    }
    ~SysV() { semctl(id, 0, IPC_RMID); }
    void change(short by) {
        sembuf operation{.sem_num = 0, .sem_op = by, .sem_flg = 0};
        semop(id, &operation, 1);
    }
    void post() { change(1); }
    void wait() { change(-1); }
};

constexpr int samples_max = 1 << 16;

// What the processes of one contest share.
template <class Semaphore>
struct Shared {
    alignas(64) Semaphore sem;
    alignas(64) Semaphore back;
    alignas(64) std::atomic<int> ready{0};
    alignas(64) std::atomic<int> count{0};
    alignas(64) double posted_ns = 0;
    double samples_ns[samples_max];

    explicit Shared(unsigned tokens) : sem(tokens), back(0) {}
};

struct Contest {
    std::vector<double> samples_ns;
    double total_ns = 0;
    int works = 0;
};

// A contestant with its processes.
template <class Semaphore>
class Contestant {
  public:
    explicit Contestant(unsigned tokens) {
        region_.size = (sizeof(Shared<Semaphore>) + 4095) / 4096 * 4096;
        region_.options = K_ANYWHERE | K_WRITABLE;
        must(rgnAllocate(K_MYACTOR, &region_) == K_OK, "rgnAllocate");
        shared = new (reinterpret_cast<void *>(std::uintptr_t{region_.startAddr})) Shared<Semaphore>(tokens);
    }
    ~Contestant() {
        for (const pid_t pid : pids_) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
        shared->~Shared();
        region_.options = 0;
        rgnFree(K_MYACTOR, &region_);
    }
    Contestant(const Contestant &) = delete;
    Contestant &operator=(const Contestant &) = delete;

    template <class Work>
    void start(int processor, Work work) {
        const pid_t pid = fork();
        must(pid >= 0, "fork");
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            pin_to(processor % static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
            work(*shared);
            _exit(0);
        }
        pids_.push_back(pid);
    }
    void wait_for_all() {
        for (std::size_t ended = 0; ended < pids_.size(); ++ended) {
            int status = 0;
            must(waitpid(-1, &status, 0) > 0 && status == 0, "a process of a contest");  // the others may wait for it
        }
        pids_.clear();
    }

    Shared<Semaphore> *shared;
    Contest result;

  private:
    KnRgnDesc region_{};
    std::vector<pid_t> pids_;
};

void print(const std::string &work, const char *name, Contest &contest) {
    std::vector<double> &times = contest.samples_ns;
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (const double time : times)
        sum += time;
    const auto at = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    std::printf("%-34s %-6s %9.3f %9.3f %9.3f %9.3f %9.1f\n", work.c_str(), name,
                contest.total_ns / contest.works * 1e-3, at(0.5) * 1e-3, at(0.99) * 1e-3, at(0.999) * 1e-3,
                times.back() / (sum / static_cast<double>(times.size())));
    std::fflush(stdout);
}

template <class Semaphore>
void there_and_back(Contestant<Semaphore> &contestant, int rounds) {
    Shared<Semaphore> &shared = *contestant.shared;
    for (int i = 0; i < rounds; ++i) {
        const double start_ns = now_ns();
        shared.sem.post();
        shared.back.wait();
        const double took_ns = now_ns() - start_ns;
        contestant.result.samples_ns.push_back(took_ns);
        contestant.result.total_ns += took_ns;
        ++contestant.result.works;
    }
}

template <class Semaphore>
void answer(Shared<Semaphore> &shared) {
    for (;;) {
        shared.sem.wait();
        shared.back.post();
    }
}

// All contestants in turn, so that whatever else the machine does falls on all alike.
template <class... Semaphores>
struct All {
    static void round_trip(const std::string &work, int processor) {
        run(
            work, 0, [&](auto &contestant) { contestant.start(processor, [](auto &shared) { answer(shared); }); },
            [](auto &contestant) { there_and_back(contestant, 500); }, 10);
    }

    // From the post to the moment when the one that was woken runs, on the other processor.
    static void hand_over(int sleepers) {
        const auto set_up = [&](auto &contestant) {
            for (int i = 0; i < sleepers; ++i)
                contestant.start(1, [](auto &shared) {
                    for (;;) {
                        shared.sem.wait();
                        shared.samples_ns[0] = now_ns() - shared.posted_ns;
                        shared.back.post();
                    }
                });
        };
        const auto once = [](auto &contestant) {
            for (int i = 0; i < 50; ++i) {
                usleep(100);  // so that it sleeps again
                contestant.shared->posted_ns = now_ns();
                contestant.shared->sem.post();
                contestant.shared->back.wait();
                const double took_ns = contestant.shared->samples_ns[0];
                contestant.result.samples_ns.push_back(took_ns);
                contestant.result.total_ns += took_ns;
                ++contestant.result.works;
            }
        };
        run("hand-over, " + std::to_string(sleepers) + " asleep", 0, set_up, once, 10);
    }

    // The time from asking to having, among processes that all want the same.
    static void exclusion(int processes) {
        const auto none = [](auto &) {};
        const auto once = [&](auto &contestant) {
            constexpr int rounds = 1'000;
            auto &shared = *contestant.shared;
            shared.ready = shared.count = 0;
            for (int i = 0; i < processes; ++i)
                contestant.start(i, [&](auto &all) {
                    ++all.ready;
                    while (all.ready < processes)
                        sched_yield();
                    for (int round = 0; round < rounds; ++round) {
                        const double start_ns = now_ns();
                        all.sem.wait();
                        const double got_ns = now_ns();
                        while (now_ns() < got_ns + 500) {
                        }
                        all.sem.post();
                        all.samples_ns[all.count++] = got_ns - start_ns;
                    }
                });
            const double start_ns = now_ns();
            contestant.wait_for_all();
            contestant.result.total_ns += now_ns() - start_ns;
            contestant.result.works += shared.count;
            contestant.result.samples_ns.insert(contestant.result.samples_ns.end(), shared.samples_ns,
                                                shared.samples_ns + shared.count);
        };
        run("exclusion among " + std::to_string(processes), 1, none, once, 5);
    }

  private:
    template <class SetUp, class Once>
    static void run(const std::string &work, unsigned tokens, SetUp set_up, Once once, int repetitions) {
        std::tuple<Contestant<Semaphores>...> contestants((static_cast<void>(sizeof(Semaphores)), tokens)...);
        std::apply([&](auto &...each) { (set_up(each), ...); }, contestants);
        usleep(100'000);
        for (int i = 0; i < repetitions; ++i)
            std::apply([&](auto &...each) { (once(each), ...); }, contestants);
        std::apply([&](auto &...each) { (print(work, Semaphores::name, each.result), ...); }, contestants);
    }
};

}  // namespace
}  // namespace chorus::bench

int main() {
    using namespace chorus::bench;
    using Contest = All<Ours, Posix, Boost, SysV>;
    pin_to(0);
    std::printf("%-34s %-6s %9s %9s %9s %9s %9s\n", "us", "", "mean", "p50", "p99", "p99.9", "max/mean");
    Contest::round_trip("there and back, two processors", 1);
    Contest::round_trip("there and back, one processor", 0);
    for (const int sleepers : {1, 4, 16, 64})
        Contest::hand_over(sleepers);
    for (const int processes : {2, 4, 8})
        Contest::exclusion(processes);
}
