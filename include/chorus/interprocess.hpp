// chorus/interprocess.hpp - managed memory for users of Boost.Interprocess: objects with names, allocators and
// containers in a region that several actors map, each at its own address.
//
//     namespace ci = chorus::interprocess;
//     ci::managed_region heap(ci::create_only, 65536);                   // one actor
//     int *counter = heap.construct<int>("counter")(0);
//     // its capability and heap.range() go to another actor, as arguments for example
//     ci::managed_region same(ci::open_only, capability, range);         // the other one
//     int *its_counter = same.find<int>("counter").first;
//
// There is nothing to remove: the memory is gone with the last actor that maps it. If an actor is killed in the middle
// of a call, the others are told at once and go on with a whole heap. docs/interprocess.md compares it with
// boost::interprocess::managed_shared_memory.
//
// Needs C++20, the headers of Boost 1.74 or later, and a 64-bit program.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/interprocess/creation_tags.hpp>
#include <chorus/capability.hpp>
#include <chorus/interprocess/segment_manager.hpp>
#include <chorus/memory.hpp>
#include <chorus/region.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace chorus::interprocess {

using boost::interprocess::create_only;
using boost::interprocess::create_only_t;
using boost::interprocess::open_only;
using boost::interprocess::open_only_t;
using boost::interprocess::open_or_create;
using boost::interprocess::open_or_create_t;

// A region with a heap and names in it. Has the interface of boost::interprocess::managed_shared_memory, except for how
// it is opened and grown. The object itself belongs to this process, and several of them may map the same memory. Its
// calls are thread safe, except for assignment, swap and the destructor. They throw what segment_manager.hpp says, and
// std::system_error where the kernel refuses.
class managed_region {
  public:
    using segment_manager = interprocess::segment_manager;
    using memory_algorithm = segment_manager::memory_algorithm;
    using size_type = segment_manager::size_type;
    using difference_type = segment_manager::difference_type;
    using handle_t = difference_type;
    using char_type = char;
    using const_named_iterator = segment_manager::const_named_iterator;
    using const_unique_iterator = segment_manager::const_unique_iterator;
    template <class T>
    using allocator = segment_manager::allocator<T>;
    template <class T>
    using deleter = segment_manager::deleter<T>;

    // Without memory. Only assignment, swap and the destructor may be called.
    managed_region() = default;

    // New memory of `size` bytes that can grow to `maximum` bytes (0: it cannot grow). Both are rounded up to pages.
    // All addresses are taken now, and the system must be able to give all of the memory; it is taken as it is touched.
    // Throws boost::interprocess::interprocess_exception (size_error): the size is too small for any object.
    managed_region(create_only_t, size_type size, size_type maximum = 0) { create(size, maximum); }

    // The memory of a managed region that lies at `range` in an actor: at range() of the object that this actor has.
    // Throws boost::interprocess::interprocess_exception (corrupted_error): there is no managed region.
    managed_region(open_only_t, const Actor &actor, const Range &range) { open(Region::map_from(actor, range)); }

    // The memory that this process has created under a name; if there is none yet, it is created. All objects of a name
    // share one mapping, which is freed with the last of them. A forked child has its parent's names.
    managed_region(open_or_create_t, const char *name, size_type size, size_type maximum = 0) {
        names &known = names_here();
        const std::lock_guard lock(known.mutex);
        std::weak_ptr<Region> &there = known.regions[name];
        if (region_ = there.lock(); region_ != nullptr) return;
        create(size, maximum);
        there = region_;
    }

    managed_region(managed_region &&other) noexcept = default;
    managed_region &operator=(managed_region &&other) noexcept = default;
    void swap(managed_region &other) noexcept { region_.swap(other.region_); }

    // What another actor passes to open_only, with the capability of this one.
    Range range() const { return region_->range(); }

    // Makes the heap longer by bytes, rounded up to pages, at once in all actors. Throws
    // boost::interprocess::bad_alloc: it would be longer than the maximum; nothing has changed.
    void grow(size_type extra) {
        const size_type pages = whole_pages(extra);
        auto longer = [&] {  // nobody else grows it meanwhile
            if (pages < extra || pages > get_maximum_size() - get_size()) throw boost::interprocess::bad_alloc();
            get_segment_manager()->grow(pages);
        };
        get_segment_manager()->atomic_func(longer);
    }

    // Bytes that are in use now, and to which it can grow.
    size_type get_size() const { return manager_at + get_segment_manager()->get_size(); }
    size_type get_maximum_size() const { return static_cast<size_type>(range().size_bytes); }
    size_type get_free_memory() const { return get_segment_manager()->get_free_memory(); }
    bool check_sanity() { return get_segment_manager()->check_sanity(); }
    bool all_memory_deallocated() { return get_segment_manager()->all_memory_deallocated(); }
    void zero_free_memory() { get_segment_manager()->zero_free_memory(); }
    void *get_address() const { return reinterpret_cast<void *>(range().start); }
    segment_manager *get_segment_manager() const {
        return reinterpret_cast<segment_manager *>(range().start + manager_at);
    }

    // Where something is in the memory, the same number in every actor.
    handle_t get_handle_from_address(const void *address) const {
        return static_cast<const char *>(address) - static_cast<const char *>(get_address());
    }
    void *get_address_from_handle(handle_t handle) const { return static_cast<char *>(get_address()) + handle; }
    bool belongs_to_segment(const void *address) const {
        const auto at = reinterpret_cast<std::uintptr_t>(address);
        return at >= range().start && at < range().start + get_size();
    }

    void *allocate(size_type bytes) { return get_segment_manager()->allocate(bytes); }
    void *allocate(size_type bytes, const std::nothrow_t &tag) { return get_segment_manager()->allocate(bytes, tag); }
    void *allocate_aligned(size_type bytes, size_type alignment) {
        return get_segment_manager()->allocate_aligned(bytes, alignment);
    }
    void *allocate_aligned(size_type bytes, size_type alignment, const std::nothrow_t &tag) {
        return get_segment_manager()->allocate_aligned(bytes, alignment, tag);
    }
    template <class T>
    T *allocation_command(boost::interprocess::allocation_type command, size_type limit, size_type &preferred,
                          T *&reuse) {
        return get_segment_manager()->allocation_command(command, limit, preferred, reuse);
    }
    void deallocate(void *block) { get_segment_manager()->deallocate(block); }

    template <class T, class... NoThrow>
    auto construct(object_name name, const NoThrow &...nothrow) {
        return get_segment_manager()->construct<T>(name, nothrow...);
    }
    template <class T, class... NoThrow>
    auto find_or_construct(object_name name, const NoThrow &...nothrow) {
        return get_segment_manager()->find_or_construct<T>(name, nothrow...);
    }
    template <class T, class... NoThrow>
    auto construct_it(object_name name, const NoThrow &...nothrow) {
        return get_segment_manager()->construct_it<T>(name, nothrow...);
    }
    template <class T, class... NoThrow>
    auto find_or_construct_it(object_name name, const NoThrow &...nothrow) {
        return get_segment_manager()->find_or_construct_it<T>(name, nothrow...);
    }
    template <class T>
    std::pair<T *, size_type> find(object_name name) {
        return get_segment_manager()->find<T>(name);
    }
    template <class T>
    std::pair<T *, size_type> find_no_lock(object_name name) {
        return get_segment_manager()->find_no_lock<T>(name);
    }
    template <class T>
    bool destroy(object_name name) {
        return get_segment_manager()->destroy<T>(name);
    }
    template <class T>
    void destroy_ptr(const T *object) {
        get_segment_manager()->destroy_ptr(object);
    }
    template <class Function>
    void atomic_func(Function &function) {
        get_segment_manager()->atomic_func(function);
    }
    template <class Function>
    bool try_atomic_func(Function &function) {
        return get_segment_manager()->try_atomic_func(function);
    }

    template <class T>
    static const char *get_instance_name(const T *object) {
        return segment_manager::get_instance_name(object);
    }
    template <class T>
    static size_type get_instance_length(const T *object) {
        return segment_manager::get_instance_length(object);
    }
    template <class T>
    static boost::interprocess::instance_type get_instance_type(const T *object) {
        return segment_manager::get_instance_type(object);
    }

    void reserve_named_objects(size_type count) { get_segment_manager()->reserve_named_objects(count); }
    void reserve_unique_objects(size_type count) { get_segment_manager()->reserve_unique_objects(count); }
    void shrink_to_fit_indexes() { get_segment_manager()->shrink_to_fit_indexes(); }
    size_type get_num_named_objects() { return get_segment_manager()->get_num_named_objects(); }
    size_type get_num_unique_objects() { return get_segment_manager()->get_num_unique_objects(); }
    const_named_iterator named_begin() const { return get_segment_manager()->named_begin(); }
    const_named_iterator named_end() const { return get_segment_manager()->named_end(); }
    const_unique_iterator unique_begin() const { return get_segment_manager()->unique_begin(); }
    const_unique_iterator unique_end() const { return get_segment_manager()->unique_end(); }

    template <class T>
    typename allocator<T>::type get_allocator() {
        return get_segment_manager()->get_allocator<T>();
    }
    template <class T>
    typename deleter<T>::type get_deleter() {
        return get_segment_manager()->get_deleter<T>();
    }

  private:
    // The memory begins with a number for the format of all of it; the segment manager follows.
    static constexpr std::uint64_t this_format = 0x6368'6f72'7573'0001;
    static constexpr size_type manager_at = 64;

    struct names {
        std::mutex mutex;
        std::map<std::string, std::weak_ptr<Region>> regions;
    };
    static names &names_here() {
        static names known;
        return known;
    }

    static size_type whole_pages(size_type bytes) {
        const auto page = static_cast<size_type>(page_size());
        return (bytes + page - 1) / page * page;
    }
    static std::atomic_ref<std::uint64_t> format(const Region &region) {
        return std::atomic_ref(region.as<std::uint64_t>().front());
    }

    void create(size_type size, size_type maximum) {
        const size_type pages = whole_pages(size);
        if (pages < size || pages < manager_at + segment_manager::get_min_size())
            throw boost::interprocess::interprocess_exception(boost::interprocess::size_error);
        auto region = std::make_shared<Region>(Region::allocate(std::max(pages, whole_pages(maximum))));
        new (region->bytes().data() + manager_at) segment_manager(pages - manager_at);
        format(*region).store(this_format, std::memory_order_release);
        region_ = std::move(region);
    }
    void open(Region region) {
        const bool fits = region.range().size_bytes >= manager_at + segment_manager::get_min_size();
        if (!fits || format(region).load(std::memory_order_acquire) != this_format)
            throw boost::interprocess::interprocess_exception(boost::interprocess::corrupted_error);
        region_ = std::make_shared<Region>(std::move(region));
        if (get_size() <= get_maximum_size()) return;
        region_.reset();  // a part of it
        throw boost::interprocess::interprocess_exception(boost::interprocess::size_error);
    }

    std::shared_ptr<Region> region_;
};

inline void swap(managed_region &one, managed_region &other) noexcept {
    one.swap(other);
}

}  // namespace chorus::interprocess
