// Regions beside their rivals: a new page, a page that is there already, and a large piece of memory, each until a byte
// in every page of it is written. Undoing it is not in the time. Contestants take turns; times in microseconds.
#include <chorus.h>
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "floor_client.hpp"
#include "measure.hpp"
#include "peer.hpp"

namespace chorus::bench {
namespace {

namespace ipc = boost::interprocess;

constexpr std::size_t large_bytes = std::size_t{256} << 20;

// The last byte of each page: the first ones of the peer's page hold the semaphores it waits on.
void touch(void *memory, std::size_t size_bytes = page_bytes) {
    for (std::size_t at = page_bytes - 1; at < size_bytes; at += page_bytes)
        static_cast<volatile char *>(memory)[at] = 1;
}

void *mapped(int descriptor, std::size_t size_bytes = page_bytes, int flags = MAP_SHARED) {
    void *memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    must(memory != MAP_FAILED, "mmap");
    return memory;
}

// With our pid in it, so that no other process has the same name.
std::string name_of(const char *what) {
    return "/chorus-bench-" + std::to_string(getpid()) + "-" + what;
}

int new_segment(const std::string &name, std::size_t size_bytes) {
    const int descriptor = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    must(descriptor >= 0 && ftruncate(descriptor, static_cast<off_t>(size_bytes)) == 0, "shm_open");
    return descriptor;
}

class Clock {
  public:
    double ns() const { return now_ns() - start_ns_; }

  private:
    double start_ns_ = now_ns();
};

struct Contestant {
    const char *name;
    std::function<double()> once;  // nanoseconds
    std::vector<double> times_ns{}, sums_ns{};
};

// Ours is the first.
void contest(const char *work, int rounds, int in_a_row, std::vector<Contestant> contestants) {
    for (int round = 0; round < rounds; ++round)
        for (Contestant &contestant : contestants) {
            double sum_ns = 0;
            for (int i = 0; i < in_a_row; ++i) {
                contestant.times_ns.push_back(contestant.once());
                sum_ns += contestant.times_ns.back();
            }
            contestant.sums_ns.push_back(sum_ns);
        }
    for (Contestant &contestant : contestants) {
        std::vector<double> ratios;
        for (std::size_t round = 0; round < contestant.sums_ns.size(); ++round)
            ratios.push_back(contestants.front().sums_ns[round] / contestant.sums_ns[round]);
        std::sort(ratios.begin(), ratios.end());
        std::sort(contestant.times_ns.begin(), contestant.times_ns.end());
        std::printf("%-32s %-22s %9.4g %9.4g %8.2f %6.2f..%.2f\n", work, contestant.name,
                    percentile(contestant.times_ns, 50) * 1e-3, percentile(contestant.times_ns, 99) * 1e-3,
                    percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90));
    }
    std::fflush(stdout);
}

template <class Call>
double time_region(std::size_t size_bytes, Call call) {
    KnRgnDesc region = one_page();
    region.size = size_bytes;
    const Clock clock;
    must(call(region) == K_OK, "a region call");
    touch(address_of(region), size_bytes);
    const double taken_ns = clock.ns();
    region.options = 0;
    must(rgnFree(K_MYACTOR, &region) == K_OK, "rgnFree");
    return taken_ns;
}

// `open` returns a descriptor, or -1 for memory that needs none.
template <class Open>
double time_mapped(Open open, std::size_t size_bytes = page_bytes, int flags = MAP_SHARED) {
    const Clock clock;
    const int descriptor = open();
    void *memory = mapped(descriptor, size_bytes, flags);
    touch(memory, size_bytes);
    if (descriptor >= 0) close(descriptor);
    const double taken_ns = clock.ns();
    munmap(memory, size_bytes);
    return taken_ns;
}

double time_server(Request request) {
    RegionServer &server = RegionServer::started();
    const double taken_ns = time_mapped([&] { return server.ask(request); });
    server.ask(Request::release);
    return taken_ns;
}

double time_new_segment(const std::string &name, std::size_t size_bytes) {
    const double taken_ns = time_mapped([&] { return new_segment(name, size_bytes); }, size_bytes);
    shm_unlink(name.c_str());
    return taken_ns;
}

void new_page() {
    const auto ours = [] {
        return time_region(page_bytes, [](KnRgnDesc &region) { return rgnAllocate(K_MYACTOR, &region); });
    };
    const auto posix = [name = name_of("new")] { return time_new_segment(name, page_bytes); };
    const auto system_v = [] {
        const Clock clock;
        const int id = shmget(IPC_PRIVATE, page_bytes, 0600);
        void *page = shmat(id, nullptr, 0);
        must(id >= 0 && page != reinterpret_cast<void *>(-1), "shmget");
        touch(page);
        const double taken_ns = clock.ns();
        shmdt(page);
        shmctl(id, IPC_RMID, nullptr);
        return taken_ns;
    };
    const auto boost = [name = name_of("boost")] {
        const Clock clock;
        ipc::managed_shared_memory memory(ipc::create_only, name.c_str(), 4 * page_bytes);
        touch(memory.allocate(page_bytes));
        const double taken_ns = clock.ns();
        ipc::shared_memory_object::remove(name.c_str());
        return taken_ns;
    };
    contest("a new page", 400, 16,
            {{"rgnAllocate", ours},
             {"a server by hand", [] { return time_server(Request::create); }},
             {"shm_open, no server", posix},
             {"shmget, shmat", system_v},
             {"managed_shared_memory", boost}});
}

void page_that_is_there() {
    Peer &peer = Peer::started();
    const auto ours = [&] {
        return time_region(page_bytes, [&](KnRgnDesc &region) {
            return rgnMapFromActor(K_MYACTOR, &region, &peer.capability(), &peer.region());
        });
    };
    const std::string posix_name = name_of("there"), boost_name = name_of("boost-there");
    const int made = new_segment(posix_name, page_bytes);
    const int id = shmget(IPC_PRIVATE, page_bytes, 0600);
    must(id >= 0, "shmget");
    ipc::managed_shared_memory managed(ipc::create_only, boost_name.c_str(), 4 * page_bytes);
    managed.construct<char>("page")[page_bytes](0);
    const auto posix = [&] {
        return time_mapped([&] {
            const int descriptor = shm_open(posix_name.c_str(), O_RDWR, 0);
            must(descriptor >= 0, "shm_open");
            return descriptor;
        });
    };
    const auto system_v = [&] {
        const Clock clock;
        void *page = shmat(id, nullptr, 0);
        must(page != reinterpret_cast<void *>(-1), "shmat");
        touch(page);
        const double taken_ns = clock.ns();
        shmdt(page);
        return taken_ns;
    };
    const auto boost = [&] {
        const Clock clock;
        ipc::managed_shared_memory memory(ipc::open_only, boost_name.c_str());
        touch(memory.find<char>("page").first);
        return clock.ns();
    };
    contest("a page that is there", 400, 16,
            {{"rgnMapFromActor", ours},
             {"a server by hand", [] { return time_server(Request::pass); }},
             {"shm_open, no server", posix},
             {"shmat", system_v},
             {"managed_shared_memory", boost}});
    close(made);
    shm_unlink(posix_name.c_str());
    shmctl(id, IPC_RMID, nullptr);
    ipc::shared_memory_object::remove(boost_name.c_str());
}

void large_memory() {
    const auto ours = [] {
        return time_region(large_bytes, [](KnRgnDesc &region) { return rgnAllocate(K_MYACTOR, &region); });
    };
    const auto posix = [name = name_of("large")] { return time_new_segment(name, large_bytes); };
    const auto memfd = [] {
        const auto open = [] {
            const int descriptor = memfd_create("large", MFD_CLOEXEC);
            must(descriptor >= 0 && ftruncate(descriptor, large_bytes) == 0, "memfd_create");
            return descriptor;
        };
        return time_mapped(open, large_bytes);
    };
    const auto anonymous = [] { return time_mapped([] { return -1; }, large_bytes, MAP_SHARED | MAP_ANONYMOUS); };
    contest("first touch of 256 MiB", 21, 1,
            {{"rgnAllocate", ours}, {"shm_open", posix}, {"memfd_create", memfd}, {"MAP_ANONYMOUS", anonymous}});
}

}  // namespace
}  // namespace chorus::bench

int main() {
    using namespace chorus::bench;
    pin_to(1);  // the kernel and the other processes, this one on the other processor
    KnActorPrivilege own;
    must(actorPrivilege(K_MYACTOR, &own, nullptr) == K_OK, "actorPrivilege");
    RegionServer::started();
    Peer::started();
    pin_to(0);
    std::printf("%-32s %-22s %9s %9s %8s %13s\n", "us", "", "p50", "p99", "ours/it", "p10..p90");
    new_page();
    page_that_is_there();
    large_memory();
}
