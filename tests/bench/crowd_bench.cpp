#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "measure.hpp"
#include "works.hpp"

extern char **environ;

namespace chorus::bench {

namespace {

// Our end of chorus-bench-crowd.
class Crowd {
  public:
    explicit Crowd(int regions) {
        int to[2], from[2];
        must(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "pipe");
        std::string program = CHORUS_BENCH_CROWD, number = std::to_string(regions);
        char *arguments[] = {program.data(), number.data(), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        must(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ) == 0, "posix_spawn");
        posix_spawn_file_actions_destroy(&actions);
        close(to[0]);
        close(from[1]);
        to_ = to[1];
        from_ = from[0];
        time_calls();  // it is ready when it answers
    }
    ~Crowd() {
        close(to_);
        close(from_);
        waitpid(pid_, nullptr, 0);
    }
    Crowd(const Crowd &) = delete;
    Crowd &operator=(const Crowd &) = delete;

    double time_calls() {
        double taken_ns = 0;
        must(write(to_, "x", 1) == 1, "write");
        must(read(from_, &taken_ns, sizeof taken_ns) == sizeof taken_ns, "chorus-bench-crowd");
        return taken_ns;
    }

  private:
    pid_t pid_ = 0;
    int to_ = -1, from_ = -1;
};

constexpr Row row{.length = 16, .works = 5};

void among(benchmark::State &state, Crowd &many) {
    static Crowd few(100);
    measure(
        state, [&] { return many.time_calls(); }, [&] { return few.time_calls(); }, row);
}

}  // namespace

void among_10_000(benchmark::State &state) {
    static Crowd many(10'000);
    among(state, many);
}

void among_100_000(benchmark::State &state) {
    static Crowd many(100'000);
    among(state, many);
}

}  // namespace chorus::bench
