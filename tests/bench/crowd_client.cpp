#include "crowd_client.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "measure.hpp"

extern char **environ;

namespace chorus::bench {

Crowd::Crowd(int regions, int actors) {
    int to[2], from[2];
    must(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0, "pipe");
    std::string program = CHORUS_BENCH_CROWD, of_regions = std::to_string(regions), of_actors = std::to_string(actors);
    char *arguments[] = {program.data(), of_regions.data(), of_actors.data(), nullptr};
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

Crowd::~Crowd() {
    close(to_);
    close(from_);
    waitpid(pid_, nullptr, 0);
}

double Crowd::time_calls() {
    double taken_ns = 0;
    must(write(to_, "x", 1) == 1, "write");
    must(read(from_, &taken_ns, sizeof taken_ns) == sizeof taken_ns, "chorus-bench-crowd");
    return taken_ns;
}

}  // namespace chorus::bench
