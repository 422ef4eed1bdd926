// Managed regions: what programs expect of boost::interprocess::managed_shared_memory, then what is ours.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/interprocess/allocators/adaptive_pool.hpp>
#include <boost/interprocess/allocators/node_allocator.hpp>
#include <boost/interprocess/containers/map.hpp>
#include <boost/interprocess/containers/set.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/indexes/iset_index.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <boost/interprocess/smart_ptr/shared_ptr.hpp>
#include <boost/interprocess/smart_ptr/unique_ptr.hpp>
#include <chorus/interprocess.hpp>
#include <cstring>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace chorus::interprocess {
namespace {

namespace bip = boost::interprocess;

class Managed : public testing::Test {
  protected:
    static constexpr std::size_t size = 1 << 16;

    ~Managed() override { EXPECT_TRUE(heap.check_sanity()); }

    // Whatever was made is gone, and all memory is free.
    void expect_empty() {
        EXPECT_EQ(heap.get_num_named_objects(), 0u);
        EXPECT_EQ(heap.get_num_unique_objects(), 0u);
        heap.shrink_to_fit_indexes();
        EXPECT_TRUE(heap.all_memory_deallocated());
        EXPECT_EQ(heap.get_free_memory(), free_at_first);
    }

    managed_region heap{create_only, size};
    const std::size_t free_at_first = heap.get_free_memory();
};

TEST_F(Managed, ConstructsFindsAndDestroysByName) {
    int *made = heap.construct<int>("one")(7);
    EXPECT_EQ(*made, 7);
    EXPECT_EQ(heap.find<int>("one"), (std::pair<int *, std::size_t>(made, 1)));
    EXPECT_EQ(heap.find<int>("two").first, nullptr);
    EXPECT_EQ(heap.find<int>("two").second, 0u);
    EXPECT_TRUE(heap.destroy<int>("one"));
    EXPECT_FALSE(heap.destroy<int>("one"));
    EXPECT_EQ(heap.find<int>("one").first, nullptr);
    expect_empty();
}

TEST_F(Managed, AnExistingNameIsAnErrorOrFound) {
    int *made = heap.construct<int>("one")(7);
    EXPECT_EQ(heap.construct<int>("one", std::nothrow)(8), nullptr);
    try {
        heap.construct<int>("one")(8);
        FAIL();
    } catch (const bip::interprocess_exception &error) {
        EXPECT_EQ(error.get_error_code(), bip::already_exists_error);
    }
    EXPECT_EQ(heap.find_or_construct<int>("one")(8), made);
    EXPECT_EQ(*made, 7);
    EXPECT_EQ(*heap.find_or_construct<int>("two", std::nothrow)(9), 9);
    heap.destroy_ptr(made);
    heap.destroy<int>("two");
    expect_empty();
}

TEST_F(Managed, MakesArraysFromOneValueAndFromIterators) {
    int *same = heap.construct<int>("same")[2][5](3);
    EXPECT_EQ(std::accumulate(same, same + 10, 0), 30);
    const std::vector<int> numbers{1, 2, 3, 4};
    const std::vector<double> halves{0.5, 1.5, 2.5, 3.5};
    using Pair = std::pair<int, double>;
    Pair *pairs = heap.construct_it<Pair>("pairs")[4](numbers.begin(), halves.begin());
    EXPECT_EQ(pairs[3], Pair(4, 3.5));
    EXPECT_EQ(heap.find<Pair>("pairs").second, 4u);
    EXPECT_EQ(heap.find_or_construct_it<Pair>("pairs")[9](numbers.begin(), halves.begin()), pairs);
    EXPECT_EQ(heap.construct_it<Pair>("pairs", std::nothrow)[1](numbers.begin(), halves.begin()), nullptr);
    EXPECT_EQ(managed_region::get_instance_length(pairs), 4u);
    heap.destroy<Pair>("pairs");
    heap.destroy<int>("same");
    expect_empty();
}

TEST_F(Managed, ThereIsOneUniqueObjectOfEachType) {
    int *number = heap.construct<int>(unique_instance)(1);
    double *fraction = heap.construct<double>(unique_instance)(0.5);
    EXPECT_EQ(heap.construct<int>(unique_instance, std::nothrow)(2), nullptr);
    EXPECT_EQ(heap.find<int>(unique_instance).first, number);
    EXPECT_EQ(heap.find_or_construct<double>(unique_instance)(2), fraction);
    EXPECT_EQ(heap.get_num_unique_objects(), 2u);
    EXPECT_EQ(heap.get_num_named_objects(), 0u);
    EXPECT_EQ(managed_region::get_instance_type(number), bip::unique_type);
    EXPECT_TRUE(heap.destroy<int>(unique_instance));
    EXPECT_FALSE(heap.destroy<int>(unique_instance));
    heap.destroy_ptr(fraction);
    expect_empty();
}

TEST_F(Managed, AnonymousObjectsAreDestroyedByAddress) {
    int *first = heap.construct<int>(anonymous_instance)(1);
    int *second = heap.construct<int>(anonymous_instance)[3](1);
    EXPECT_NE(first, second);
    EXPECT_EQ(managed_region::get_instance_type(first), bip::anonymous_type);
    EXPECT_EQ(managed_region::get_instance_name(first), nullptr);
    EXPECT_EQ(managed_region::get_instance_length(second), 3u);
    heap.destroy_ptr(first);
    heap.destroy_ptr(second);
    heap.destroy_ptr(static_cast<int *>(nullptr));
    expect_empty();
}

TEST_F(Managed, NamesAreListedAndToldOfEachObject) {
    std::set<std::string> names;
    for (int i = 0; i < 200; ++i) {
        const std::string name = "name " + std::to_string(i);
        int *made = heap.construct<int>(name.c_str())(i);
        EXPECT_EQ(managed_region::get_instance_name(made), name);
        EXPECT_EQ(managed_region::get_instance_type(made), bip::named_type);
        names.insert(name);
    }
    EXPECT_EQ(heap.get_num_named_objects(), 200u);
    std::set<std::string> listed;
    for (auto at = heap.named_begin(); at != heap.named_end(); ++at) {
        EXPECT_EQ(at->name_length(), std::strlen(at->name()));
        EXPECT_EQ(*static_cast<const int *>(at->value()), std::stoi(std::string(at->name()).substr(5)));
        EXPECT_TRUE(listed.insert(at->name()).second);
    }
    EXPECT_EQ(listed, names);
    EXPECT_EQ(heap.unique_begin(), heap.unique_end());
    for (const std::string &name : names)
        EXPECT_TRUE(heap.destroy<int>(name.c_str()));
    expect_empty();
}

// Records whose names have one hash, and hashes that begin alike.
TEST_F(Managed, TheIndexTellsNamesApartWhoseHashesAreAlike) {
    crash_safe_index<crash_safe_fit<>> index;
    alignas(16) static char memory[1 << 15];
    auto &other = *new (memory) crash_safe_fit<>(sizeof memory, 0);
    std::vector<object_record *> records;
    const std::uint64_t hashes[] = {0, 0, 0, 1, 0x10, 0x100, 0x1000000000000000, 0x2000000000000000, ~0ULL};
    for (std::size_t i = 0; i < std::size(hashes); ++i) {
        auto *record = new (other.allocate(sizeof(object_record) + 2)) object_record{};
        record->hash = hashes[i];
        record->name_length = 1;
        static_cast<char *>(record->value())[0] = static_cast<char>('a' + i);
        EXPECT_TRUE(index.insert(other, *record));
        records.push_back(record);
    }
    const auto find = [&](std::size_t i) {
        const char name = static_cast<char>('a' + i);
        return index.find(other, {&name, 1}, hashes[i]);
    };
    for (std::size_t i = 0; i < std::size(hashes); ++i)
        EXPECT_EQ(find(i), records[i]) << i;
    EXPECT_EQ(std::distance(index.begin(other), index.end()), std::ptrdiff_t{std::size(hashes)});
    for (const std::size_t gone : {1, 4, 8}) {
        index.erase(other, *records[gone]);
        index.erase(other, *records[gone]);
        EXPECT_EQ(find(gone), nullptr);
    }
    for (const std::size_t there : {0, 2, 3, 5, 6, 7})
        EXPECT_EQ(find(there), records[there]) << there;
}

struct Alarm {
    explicit Alarm(int after) : left(&alive_left) {
        if (alive_left-- == after) throw std::runtime_error("enough");
        ++alive;
    }
    ~Alarm() { --alive; }
    int *left;
    static inline int alive = 0, alive_left = 10;
};

TEST_F(Managed, WhatAConstructorThrowsLeavesNothingBehind) {
    EXPECT_THROW(heap.construct<Alarm>("alarm")[5](8), std::runtime_error);
    EXPECT_EQ(Alarm::alive, 0);
    EXPECT_EQ(heap.find<Alarm>("alarm").first, nullptr);
    EXPECT_THROW(heap.construct<Alarm>(anonymous_instance)[5](6), std::runtime_error);
    EXPECT_EQ(Alarm::alive, 0);
    expect_empty();
}

// Its constructor and destructor use the memory that it lies in.
struct Nested {
    explicit Nested(managed_region &where) : heap(&where), inner(where.construct<int>("inner")(5)) {}
    ~Nested() { heap->destroy<int>("inner"); }
    managed_region *heap;
    int *inner;
};

TEST_F(Managed, ConstructorsMayUseTheMemory) {
    EXPECT_EQ(*heap.construct<Nested>("outer")(heap)->inner, 5);
    EXPECT_EQ(heap.get_num_named_objects(), 2u);
    heap.destroy<Nested>("outer");
    EXPECT_THROW(
        {
            heap.construct<int>("inner")(1);
            heap.construct<Nested>("outer")(heap);
        },
        bip::interprocess_exception);
    EXPECT_EQ(heap.get_num_named_objects(), 1u);
    heap.destroy<int>("inner");
    expect_empty();
}

TEST_F(Managed, WithoutMemoryItThrowsOrReturnsNull) {
    struct Big {
        char bytes[size];
    };
    EXPECT_THROW(heap.construct<Big>("big")(), bip::bad_alloc);
    EXPECT_EQ(heap.construct<Big>("big", std::nothrow)(), nullptr);
    EXPECT_EQ(heap.construct<Big>(anonymous_instance, std::nothrow)(), nullptr);
    EXPECT_THROW(heap.construct<int>("many")[SIZE_MAX / 2](), bip::bad_alloc);
    EXPECT_THROW(heap.allocate(size), bip::bad_alloc);
    EXPECT_EQ(heap.allocate(size, std::nothrow), nullptr);
    EXPECT_THROW(heap.allocate_aligned(size, 64), bip::bad_alloc);
    EXPECT_EQ(heap.allocate_aligned(size, 64, std::nothrow), nullptr);
    expect_empty();

    // Down to the last byte: where there is no memory for a node of the index, too.
    std::vector<std::string> names;
    for (;;) {
        names.push_back(std::to_string(names.size()));
        if (heap.construct<char>(names.back().c_str(), std::nothrow)('x') == nullptr) break;
    }
    names.pop_back();
    EXPECT_GT(names.size(), 300u);
    EXPECT_TRUE(heap.check_sanity());
    for (const std::string &name : names)
        EXPECT_TRUE(heap.destroy<char>(name.c_str()));
    expect_empty();
}

struct alignas(256) Wide {
    char bytes[256];
};

TEST_F(Managed, ObjectsAreAligned) {
    for (const char *name : {"a", "b"}) {
        Wide *wide = heap.construct<Wide>(name)();
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide) % 256, 0u);
        EXPECT_EQ(heap.find<Wide>(name).first, wide);
    }
    EXPECT_TRUE(heap.destroy<Wide>("a"));
    heap.destroy_ptr(heap.find<Wide>("b").first);
    expect_empty();
}

TEST_F(Managed, FunctionsAreCalledWhileTheIndexIsLocked) {
    int found = 0;
    heap.construct<int>("one")(1);
    auto look = [&] { found = *heap.find_no_lock<int>("one").first; };
    heap.atomic_func(look);
    EXPECT_EQ(found, 1);
    auto elsewhere = [&] {
        const pid_t child = fork();
        if (child == 0) _exit(heap.try_atomic_func(look) ? 1 : 0);
        int status = 1;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0) << "it is locked";
    };
    heap.atomic_func(elsewhere);
    EXPECT_TRUE(heap.try_atomic_func(look));
    heap.destroy<int>("one");
}

TEST_F(Managed, HandlesAreTheSameAtEveryAddress) {
    void *block = heap.allocate(100);
    EXPECT_TRUE(heap.belongs_to_segment(block));
    EXPECT_FALSE(heap.belongs_to_segment(&heap));
    EXPECT_EQ(heap.get_address_from_handle(heap.get_handle_from_address(block)), block);
    managed_region same(open_only, Actor::self(), heap.range());
    EXPECT_NE(same.get_address(), heap.get_address());
    std::strcpy(static_cast<char *>(block), "written here");
    EXPECT_STREQ(static_cast<char *>(same.get_address_from_handle(heap.get_handle_from_address(block))),
                 "written here");
    heap.deallocate(block);
}

template <class T>
using Allocator = typename managed_region::allocator<T>::type;
using String = bip::basic_string<char, std::char_traits<char>, Allocator<char>>;
using Map = bip::map<int, String, std::less<int>, Allocator<std::pair<const int, String>>>;
using Vector = bip::vector<int, Allocator<int>>;

// Written at one address, read at another.
TEST_F(Managed, ContainersAreTheSameAtEveryAddress) {
    const auto allocator = heap.get_allocator<char>();
    Map *map = heap.construct<Map>("map")(std::less<int>(), allocator);
    Vector *vector = heap.construct<Vector>("vector")(allocator);
    for (int i = 0; i < 100; ++i) {
        map->emplace(i, String(std::to_string(i).c_str(), allocator));
        vector->push_back(i);
    }
    managed_region same(open_only, Actor::self(), heap.range());
    Map *its_map = same.find<Map>("map").first;
    ASSERT_NE(its_map, map);
    EXPECT_EQ(its_map->at(42), "42");
    Vector *its_vector = same.find<Vector>("vector").first;
    its_vector->push_back(100);
    EXPECT_EQ(vector->size(), 101u);
    EXPECT_EQ(std::accumulate(vector->begin(), vector->end(), 0), 5050);
    same.destroy<Map>("map");
    same.destroy<Vector>("vector");
    expect_empty();
}

TEST_F(Managed, PoolAllocatorsWork) {
    using Pool = bip::node_allocator<int, managed_region::segment_manager>;
    using Adaptive = bip::adaptive_pool<int, managed_region::segment_manager>;
    {
        bip::set<int, std::less<int>, Pool> pooled{std::less<int>(), Pool(heap.get_segment_manager())};
        bip::set<int, std::less<int>, Adaptive> adaptive{std::less<int>(), Adaptive(heap.get_segment_manager())};
        for (int i = 0; i < 300; ++i) {
            pooled.insert(i);
            adaptive.insert(i);
        }
        EXPECT_TRUE(heap.check_sanity());
        EXPECT_EQ(pooled.size() + adaptive.size(), 600u);
    }
    expect_empty();
}

TEST_F(Managed, SmartPointersDestroyWhatTheyHold) {
    using Deleter = managed_region::deleter<int>::type;
    using Shared = bip::shared_ptr<int, Allocator<void>, Deleter>;
    {
        const Shared one(heap.construct<int>("shared")(4), heap.get_allocator<void>(), heap.get_deleter<int>());
        const Shared two(one);
        EXPECT_EQ(two.use_count(), 2);
        const bip::unique_ptr<int, Deleter> only(heap.construct<int>(anonymous_instance)(5), heap.get_deleter<int>());
        EXPECT_EQ(*only + *two, 9);
        EXPECT_EQ(heap.find<int>("shared").first, one.get().get());
    }
    EXPECT_EQ(heap.find<int>("shared").first, nullptr);
    expect_empty();
}

// The algorithm serves Boost's own segment manager, too.
TEST(ManagedRegion, ItsAllocationAlgorithmWorksInAnExternalBuffer) {
    using Buffer = bip::basic_managed_external_buffer<char, crash_safe_fit<>, bip::iset_index>;
    const Region region = Region::allocate(1 << 16);
    Buffer heap(bip::create_only, region.bytes().data(), region.bytes().size());
    EXPECT_EQ(*heap.construct<int>("one")(7), 7);
    Buffer same(bip::open_only, region.bytes().data(), region.bytes().size());
    EXPECT_EQ(*same.find<int>("one").first, 7);
    EXPECT_TRUE(heap.destroy<int>("one"));
    EXPECT_TRUE(heap.all_memory_deallocated());
    EXPECT_TRUE(heap.check_sanity());
}

TEST(ManagedRegion, GrowsInEveryActorUpToItsMaximum) {
    managed_region heap(create_only, 1 << 16, 1 << 18);
    managed_region same(open_only, Actor::self(), heap.range());
    EXPECT_EQ(heap.get_size(), 1u << 16);
    EXPECT_EQ(heap.get_maximum_size(), 1u << 18);
    EXPECT_THROW(heap.construct<char>("big")[100'000]('x'), bip::bad_alloc);
    same.grow(1 << 17);
    EXPECT_EQ(heap.get_size(), 3u << 16);
    char *big = heap.construct<char>("big")[100'000]('x');
    EXPECT_EQ(big[99'999], 'x');
    EXPECT_EQ(same.find<char>("big").first[99'999], 'x');
    EXPECT_THROW(heap.grow((1 << 16) + 1), bip::bad_alloc);
    EXPECT_THROW(heap.grow(SIZE_MAX), bip::bad_alloc);
    EXPECT_EQ(heap.get_size(), 3u << 16);
    heap.grow(1);
    EXPECT_EQ(same.get_size(), (3u << 16) + page_size());
    EXPECT_TRUE(heap.check_sanity());
    managed_region rigid(create_only, 1 << 16);
    EXPECT_THROW(rigid.grow(1), bip::bad_alloc);
}

TEST(ManagedRegion, IsRefusedWhereThereIsNoneOrNotAllOfIt) {
    const auto refusal = [](const Range &range) {
        try {
            managed_region(open_only, Actor::self(), range);
        } catch (const bip::interprocess_exception &error) {
            return error.get_error_code();
        }
        return bip::no_error;
    };
    const Region plain = Region::allocate(1 << 16);
    EXPECT_EQ(refusal(plain.range()), bip::corrupted_error);
    const managed_region heap(create_only, 1 << 16);
    EXPECT_EQ(refusal(heap.range()), bip::no_error);
    EXPECT_EQ(refusal({heap.range().start, 1 << 15}), bip::size_error);
    EXPECT_EQ(refusal({heap.range().start, 4096}), bip::corrupted_error);
    EXPECT_THROW(managed_region(open_only, Actor::self(), {0x50000000, 4096}), std::system_error);
    EXPECT_THROW(managed_region(open_only, Actor(Capability()), heap.range()), std::system_error);
    EXPECT_THROW(managed_region(create_only, 1), bip::interprocess_exception);
    EXPECT_THROW(managed_region(create_only, std::size_t{1} << 60), std::system_error);
}

TEST(ManagedRegion, ANameIsOneRegionWithinAnActor) {
    managed_region one(open_or_create, "here", 1 << 16);
    one.construct<int>("number")(1);
    {
        managed_region same(open_or_create, "here", 1 << 20);
        EXPECT_EQ(same.get_address(), one.get_address());
        EXPECT_EQ(same.get_size(), 1u << 16);
        managed_region other(open_or_create, "there", 1 << 16);
        EXPECT_EQ(other.find<int>("number").first, nullptr);
    }
    EXPECT_EQ(*one.find<int>("number").first, 1);
    one = managed_region();
    managed_region again(open_or_create, "here", 1 << 16);
    EXPECT_EQ(again.find<int>("number").first, nullptr) << "the last object of the name has gone";
}

TEST(ManagedRegion, MovesAndSwaps) {
    managed_region one(create_only, 1 << 16), two(create_only, 1 << 17);
    one.construct<int>("number")(1);
    swap(one, two);
    EXPECT_EQ(one.get_size(), 1u << 17);
    managed_region moved = std::move(two);
    EXPECT_NE(moved.find<int>("number").first, nullptr);
    one = std::move(moved);
    EXPECT_NE(one.find<int>("number").first, nullptr);
}

TEST(ManagedRegion, AForkedActorHasIt) {
    managed_region heap(create_only, 1 << 16);
    int *number = heap.construct<int>("number")(1);
    const pid_t child = fork();
    if (child == 0) {
        *heap.find<int>("number").first += 1;
        heap.construct<int>("from the child")(5);
        _exit(0);
    }
    int status = 1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(*number, 2);
    EXPECT_EQ(*heap.find<int>("from the child").first, 5);
}

}  // namespace
}  // namespace chorus::interprocess
