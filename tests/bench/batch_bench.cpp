#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chorus/region.hpp>
#include <string>
#include <vector>

#include "measure.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

constexpr std::size_t count = 1000;
constexpr std::size_t size_bytes = 4096;

double time_together() {
    const double start_ns = now_ns();
    const std::vector<Region> regions = Region::allocate_each(count, size_bytes);
    for (const Region &region : regions)
        *static_cast<volatile std::byte *>(region.bytes().data()) = std::byte{1};
    return now_ns() - start_ns;
}

// The names that it takes to give them to others are made before, and taken away after.
class ByHand {
  public:
    ByHand() {
        for (std::size_t i = 0; i < count; ++i)
            names_.push_back("/chorus-bench-" + std::to_string(getpid()) + "-" + std::to_string(i));
    }
    double time() {
        std::vector<void *> pages;
        pages.reserve(count);
        const double start_ns = now_ns();
        for (const std::string &name : names_)
            pages.push_back(make(name));
        const double taken_ns = now_ns() - start_ns;
        for (void *page : pages)
            munmap(page, size_bytes);
        for (const std::string &name : names_)
            shm_unlink(name.c_str());
        return taken_ns;
    }

  private:
    static void *make(const std::string &name) {
        const int file = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
        must(file >= 0 && ftruncate(file, size_bytes) == 0, "shm_open");
        void *page = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        must(page != MAP_FAILED, "mmap");
        *static_cast<volatile char *>(page) = 1;
        close(file);
        return page;
    }

    std::vector<std::string> names_;
};

}  // namespace

void allocate_together(benchmark::State &state) {
    ByHand by_hand;
    measure(
        state, [] { return time_together(); }, [&] { return by_hand.time(); }, {.length = 1, .works = count});
}

}  // namespace chorus::bench
