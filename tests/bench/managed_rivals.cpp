// A managed region beside managed_shared_memory: the same work on both in turns, by one process; nanoseconds.
#include <chorus.h>
#include <unistd.h>

#include <algorithm>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <chorus/interprocess.hpp>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "measure.hpp"

namespace chorus::bench {
namespace {

constexpr std::size_t memory_bytes = 1 << 24;
constexpr int turns = 51, works = 5000;

const std::vector<std::string> &names() {
    static const auto all = [] {
        std::vector<std::string> made;
        for (int i = 0; i < 1000; ++i)
            made.push_back("object number " + std::to_string(i));
        return made;
    }();
    return all;
}

template <class Heap>
class Contestant {
  public:
    explicit Contestant(Heap &heap) : heap_(heap) {
        for (const std::string &name : names())
            heap.template construct<long>(name.c_str())(1);
    }

    void find() {
        long sum = 0;
        for (int i = 0; i < works; ++i)
            sum += *heap_.template find<long>(names()[random_() % names().size()].c_str()).first;
        must(sum == works, "find");
    }
    void allocate() {
        for (int i = 0; i < works; ++i)
            heap_.deallocate(heap_.allocate(64));
    }
    // A thousand places, each of which is filled if it is empty, and emptied if it is full.
    void allocate_mixed() {
        for (int i = 0; i < works; ++i) {
            void *&block = blocks_[random_() % blocks_.size()];
            if (block != nullptr) heap_.deallocate(block);
            block = block == nullptr ? heap_.allocate(random_() % 500) : nullptr;
        }
    }
    void construct() {
        for (int i = 0; i < works; ++i) {
            heap_.template construct<long>("one more")(1);
            heap_.template destroy<long>("one more");
        }
    }

  private:
    Heap &heap_;
    std::mt19937 random_{1};
    std::vector<void *> blocks_ = std::vector<void *>(1000);
};

template <class Once>
double time_ns(Once once) {
    const double start_ns = now_ns();
    once();
    return (now_ns() - start_ns) / works;
}

// Prints the medians of both, and that of the ratios of one turn each, with a tenth of them below and above.
template <class Ours, class Boost>
void compare(const char *work, Ours ours, Boost boost) {
    std::vector<double> ours_ns, boost_ns, ratios;
    for (int turn = 0; turn < turns; ++turn) {
        ours_ns.push_back(time_ns(ours));
        boost_ns.push_back(time_ns(boost));
        ratios.push_back(ours_ns.back() / boost_ns.back());
    }
    for (std::vector<double> *times : {&ours_ns, &boost_ns, &ratios})
        std::sort(times->begin(), times->end());
    std::printf("%-44s %8.1f %8.1f %8.2f %6.2f..%.2f\n", work, percentile(ours_ns, 50), percentile(boost_ns, 50),
                percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90));
}

}  // namespace
}  // namespace chorus::bench

int main() {
    using namespace chorus::bench;
    namespace bip = boost::interprocess;
    const std::string name = "chorus-bench-" + std::to_string(getpid());
    const bip::remove_shared_memory_on_destroy removed(name.c_str());
    bip::managed_shared_memory theirs(bip::create_only, name.c_str(), memory_bytes);
    chorus::interprocess::managed_region ours(chorus::interprocess::create_only, memory_bytes);
    Contestant a(ours);
    Contestant b(theirs);
    std::printf("%-44s %8s %8s %8s %12s\n", "ns", "ours", "boost", "ratio", "p10..p90");
    compare(
        "find one of 1000 names", [&] { a.find(); }, [&] { b.find(); });
    compare(
        "allocate and deallocate 64 bytes", [&] { a.allocate(); }, [&] { b.allocate(); });
    compare(
        "allocate or deallocate up to 500 bytes", [&] { a.allocate_mixed(); }, [&] { b.allocate_mixed(); });
    compare(
        "construct and destroy by name", [&] { a.construct(); }, [&] { b.construct(); });
}
