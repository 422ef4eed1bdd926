// The other process of the floors, as plain as can be:
//   chorus-bench-floor regions SOCKET     makes and passes pages of shared memory, as floor_wire.hpp says
//   chorus-bench-floor semaphores FILE    answers on a SemaphorePair<sem_t> in FILE
// It ends with the process that started it.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "floor_wire.hpp"
#include "semaphore_pair.hpp"

using namespace chorus::bench;

namespace {

int new_page() {
    static const std::string name = "/chorus-bench-" + std::to_string(getpid());
    const int page = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    shm_unlink(name.c_str());
    if (page < 0 || ftruncate(page, page_bytes) != 0) std::exit(1);
    return page;
}

int serve_regions(int socket) {
    const int standing = new_page();
    void *own = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, standing, 0);
    if (own == MAP_FAILED) return 1;
    *static_cast<volatile char *>(own) = 1;  // the memory is there when another maps it
    int created = -1;
    std::uint32_t word;
    for (int unused; receive_word(socket, word, unused);) {
        int passed = -1;
        switch (static_cast<Request>(word)) {
            case Request::create:
                passed = created = new_page();
                break;
            case Request::release:
                if (created >= 0) close(created);
                created = -1;
                break;
            case Request::pass:
                passed = standing;
                break;
        }
        if (!send_word(socket, word, passed)) return 1;
    }
    return 0;
}

int answer_semaphores(int file) {
    using Pair = SemaphorePair<sem_t>;
    void *mapped = mmap(nullptr, sizeof(Pair), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return 1;
    Pair &pair = *static_cast<Pair *>(mapped);
    for (;;) {
        if (sem_wait(&pair.there) != 0) return 1;
        if (pair.ending) return 0;
        sem_post(&pair.back);
    }
}

}  // namespace

int main(int argc, char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 3) return 2;
    const std::string role = argv[1];
    const int descriptor = std::atoi(argv[2]);
    return role == "regions" ? serve_regions(descriptor) : answer_semaphores(descriptor);
}
