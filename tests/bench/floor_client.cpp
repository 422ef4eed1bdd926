#include "floor_client.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "measure.hpp"

extern char **environ;

namespace chorus::bench {

namespace {

// Starts a floor process that inherits `descriptor`, which is then closed here.
pid_t start(const char *role, int descriptor) {
    const std::string number = std::to_string(descriptor);
    const char *arguments[] = {"chorus-bench-floor", role, number.c_str(), nullptr};
    pid_t pid = 0;
    must(posix_spawn(&pid, CHORUS_BENCH_FLOOR, nullptr, nullptr, const_cast<char **>(arguments), environ) == 0,
         "start of chorus-bench-floor");
    close(descriptor);
    return pid;
}

}  // namespace

RegionServer &RegionServer::started() {
    static RegionServer only;
    return only;
}

RegionServer::RegionServer() {
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair");
    must(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0, "fcntl");
    socket_ = ends[0];
    pid_ = start("regions", ends[1]);
}

RegionServer::~RegionServer() {
    close(socket_);
    waitpid(pid_, nullptr, 0);
}

int RegionServer::ask(Request request) {
    std::uint32_t word = static_cast<std::uint32_t>(request);
    int descriptor = -1;
    must(send_word(socket_, word, -1) && receive_word(socket_, word, descriptor), "request to chorus-bench-floor");
    return descriptor;
}

SemaphorePeer &SemaphorePeer::started() {
    static SemaphorePeer only;
    return only;
}

SemaphorePeer::SemaphorePeer() {
    const int file = memfd_create("chorus-bench-semaphores", 0);
    must(file >= 0 && ftruncate(file, sizeof *pair_) == 0, "memfd_create");
    void *mapped = mmap(nullptr, sizeof *pair_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    must(mapped != MAP_FAILED, "mmap");
    pair_ = static_cast<SemaphorePair<sem_t> *>(mapped);
    must(sem_init(&pair_->there, 1, 0) == 0 && sem_init(&pair_->back, 1, 0) == 0, "sem_init");
    pid_ = start("semaphores", file);
}

SemaphorePeer::~SemaphorePeer() {
    pair_->ending = true;
    sem_post(&pair_->there);
    waitpid(pid_, nullptr, 0);
}

}  // namespace chorus::bench
