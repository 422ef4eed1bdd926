#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
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

// A pipe on which children tell when their main began, and the arguments that tell them so.
class Child {
  public:
    explicit Child(const char *program = CHORUS_BENCH_CHILD) : program_(program) {
        must(pipe(ends_) == 0 && fcntl(ends_[0], F_SETFD, FD_CLOEXEC) == 0, "pipe");
        number_ = std::to_string(ends_[1]);
        arguments_[0] = program_.data();
        arguments_[1] = number_.data();
    }
    ~Child() {
        close(ends_[0]);
        close(ends_[1]);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    const char *path() const { return program_.c_str(); }
    char **arguments() { return arguments_; }
    // Only of a child that has ended well, and so has told.
    double begun_ns() {
        timespec begun;
        must(read(ends_[0], &begun, sizeof begun) == sizeof begun, "reading from chorus-bench-child");
        return static_cast<double>(begun.tv_sec) * 1e9 + static_cast<double>(begun.tv_nsec);
    }

  private:
    std::string program_;
    std::string number_;
    char *arguments_[3] = {};
    int ends_[2] = {};
};

double time_as_actor(Child &child) {
    const double start_ns = now_ns();
    const int aid = afexecv(child.path(), nullptr, nullptr, child.arguments());
    int status = -1;
    must(aid > 0 && ::await(aid, &status) == aid && status == 0, "chorus-bench-child as an actor");
    const double taken_ns = child.begun_ns() - start_ns;
    // The reply to any call comes after the kernel has cleared this child away: not in the time of what follows.
    KnActorPrivilege own;
    must(actorPrivilege(K_MYACTOR, &own, nullptr) == K_OK, "actorPrivilege");
    return taken_ns;
}

double time_to_main(Child &child, const char *program, char **arguments) {
    pid_t pid = 0;
    int status = -1;
    const double start_ns = now_ns();
    must(posix_spawn(&pid, program, nullptr, nullptr, arguments, environ) == 0 && waitpid(pid, &status, 0) == pid &&
             status == 0,
         program);
    return child.begun_ns() - start_ns;
}

double time_as_process(Child &child) {
    return time_to_main(child, child.path(), child.arguments());
}

// Until its first call is answered.
double time_to_call(Child &child) {
    char call[] = "call";
    char *arguments[] = {child.arguments()[0], child.arguments()[1], call, nullptr};
    return time_to_main(child, child.path(), arguments);
}

double time_in_kernel_of_its_own(Child &child) {
    std::string program = CHORUS_BENCH_CHORUS, run = "run";
    char *arguments[] = {program.data(), run.data(), child.arguments()[0], child.arguments()[1], nullptr};
    return time_to_main(child, program.c_str(), arguments);
}

}  // namespace

void spawn(benchmark::State &state) {
    Child child;
    measure(
        state, [&] { return time_as_actor(child); }, [&] { return time_as_process(child); }, {.length = 1});
}

void spawn_static(benchmark::State &state) {
    Child child(CHORUS_BENCH_CHILD_STATIC);
    measure(
        state, [&] { return time_as_actor(child); }, [&] { return time_as_process(child); }, {.length = 1});
}

void private_call(benchmark::State &state) {
    Child child;
    measure(
        state, [&] { return time_to_call(child); }, [&] { return time_as_process(child); }, {.length = 1});
}

void private_start(benchmark::State &state) {
    Child child;
    measure(
        state, [&] { return time_in_kernel_of_its_own(child); }, [&] { return time_as_process(child); }, {.length = 1});
}

}  // namespace chorus::bench
