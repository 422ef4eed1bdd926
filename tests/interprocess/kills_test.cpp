// Four actors construct, destroy and find the same names, and one after the other is killed at some moment.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <chorus/interprocess.hpp>
#include <cstdio>
#include <random>
#include <string>

#include "interprocess/whole.hpp"
#include "support/site.hpp"

namespace chorus::interprocess {
namespace {

namespace bip = boost::interprocess;
using test::Whole;

constexpr int names = 16, actors = 4;
constexpr std::size_t memory_bytes = 1 << 18;

std::string name_of(int number) {
    return "object " + std::to_string(number);
}

// Until it is killed. Ends with 1 if it finds an object that is not whole.
template <class Heap>
[[noreturn]] void work(Heap &heap, unsigned seed) {
    std::mt19937 random(seed);
    bool whole = true;
    auto look = [&heap, &whole, &random] {
        const int number = static_cast<int>(random() % names);
        const auto [first, count] = heap.template find_no_lock<Whole>(name_of(number).c_str());
        for (std::size_t i = 0; i < count; ++i)
            whole = whole && first[i].holds(number);
    };
    while (whole) {
        const int number = static_cast<int>(random() % names);
        const std::string name = name_of(number);
        switch (random() % 4) {
            case 0:
                heap.template construct<Whole>(name.c_str(), std::nothrow)[1 + random() % 50](number);
                break;
            case 1:
                heap.template find_or_construct<Whole>(name.c_str(), std::nothrow)(number);
                break;
            case 2:
                heap.template destroy<Whole>(name.c_str());
                break;
            default:
                heap.atomic_func(look);
        }
    }
    _exit(1);
}

template <class Heap>
class Crowd {
  public:
    explicit Crowd(Heap &heap) : heap_(heap) {
        for (pid_t &actor : actors_)
            actor = start();
    }
    ~Crowd() {
        for (const pid_t actor : actors_)
            end(actor);
    }
    // Kills one and starts another one.
    void kill_one() {
        usleep(static_cast<useconds_t>(random_() % 300));  // any moment
        pid_t &actor = actors_[random_() % actors_.size()];
        end(actor);
        actor = start();
    }

  private:
    pid_t start() {
        const auto seed = static_cast<unsigned>(random_());
        const pid_t child = fork();
        if (child == 0) work(heap_, seed);
        return child;
    }
    static void end(pid_t actor) {
        kill(actor, SIGKILL);
        int status = 0;
        EXPECT_EQ(waitpid(actor, &status, 0), actor);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it found an object that was not whole";
    }

    Heap &heap_;
    std::mt19937 random_{7};
    std::array<pid_t, actors> actors_{};
};

int kills() {
    return test::number_from("CHORUS_KILLS", 200);
}

TEST(Kills, LeaveAManagedRegionWhole) {
    managed_region heap(create_only, memory_bytes);
    const std::size_t free_at_first = heap.get_free_memory();
    int found = 0;
    auto look_at_all = [&] {
        for (auto at = heap.named_begin(); at != heap.named_end(); ++at, ++found) {
            const auto *objects = static_cast<const Whole *>(at->value());
            for (std::size_t i = 0; i < managed_region::get_instance_length(objects); ++i)
                EXPECT_TRUE(objects[i].holds(std::stoi(std::string(at->name()).substr(7)))) << at->name();
        }
    };
    {
        Crowd crowd(heap);
        for (int done = 0; done < kills() && !testing::Test::HasFailure(); ++done) {
            crowd.kill_one();
            EXPECT_TRUE(heap.check_sanity()) << "after " << done + 1 << " kills";
            heap.atomic_func(look_at_all);
        }
    }
    EXPECT_GT(found, kills());
    for (int number = 0; number < names; ++number)
        heap.destroy<Whole>(name_of(number).c_str());
    heap.shrink_to_fit_indexes();
    EXPECT_TRUE(heap.all_memory_deallocated());
    EXPECT_EQ(heap.get_free_memory(), free_at_first);
    std::printf("managed_region: %d kills, %d objects seen, all whole, no memory lost\n", kills(), found);
}

// The same with Boost's own, as far as it goes: printed for docs/reliability.md, and no failure of ours.
TEST(Kills, AreAskedOfBoostToo) {
    const std::string name = "chorus-test-" + std::to_string(getpid());
    const bip::remove_shared_memory_on_destroy removed(name.c_str());
    bip::managed_shared_memory heap(bip::create_only, name.c_str(), memory_bytes);
    Crowd crowd(heap);
    for (int done = 1; done <= kills(); ++done) {
        crowd.kill_one();
        const pid_t looks = fork();
        if (looks == 0) {
            alarm(2);
            heap.find<Whole>("object 0");
            _exit(0);
        }
        int status = 0;
        ASSERT_EQ(waitpid(looks, &status, 0), looks);
        if (WIFSIGNALED(status)) {
            std::printf("managed_shared_memory: after %d kills a call does not return in 2 s\n", done);
            return;
        }
    }
    std::printf("managed_shared_memory: %d kills, and calls still return\n", kills());
}

}  // namespace
}  // namespace chorus::interprocess
