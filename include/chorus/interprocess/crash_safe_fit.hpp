// An allocation algorithm for Boost.Interprocess whose heap stays whole when a process is killed in the middle of an
// operation.
#pragma once

#include <algorithm>
#include <bit>
#include <boost/container/detail/multiallocation_chain.hpp>
#include <boost/interprocess/containers/allocation_type.hpp>
#include <boost/interprocess/offset_ptr.hpp>
#include <cassert>
#include <chorus/interprocess/undo_log.hpp>
#include <chorus/robust_mutex.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <numeric>

namespace chorus::interprocess {

// The mutexes that tell of the death of their holder, as Boost.Interprocess groups them.
struct robust_mutex_family {
    using mutex_type = robust_mutex;
    using recursive_mutex_type = recursive_robust_mutex;
};

// Takes the place of boost::interprocess::rbtree_best_fit, with the same interface. It lies at the beginning of the
// memory that it manages. Each operation takes constant time while memory is not nearly exhausted. It is recorded in an
// undo log, which is in use only while the lock is held. If the holder of the lock dies, the next holder undoes the
// operation. All calls are thread safe and block while another thread is in one; none needs the kernel.
//
// The memory is a sequence of blocks. The first word of a block contains its size in bytes, a multiple of 16, and two
// flags. A free block also contains the offsets of its neighbours in a list of free blocks of similar size, and its
// size again in the last word. Two free blocks are never adjacent. The last block has size 0. Offsets are distances in
// bytes from the algorithm.
template <class MutexFamily = robust_mutex_family, class VoidPointer = boost::interprocess::offset_ptr<void>>
class crash_safe_fit {
  public:
    using mutex_family = MutexFamily;
    using void_pointer = VoidPointer;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using multiallocation_chain = boost::container::dtl::basic_multiallocation_chain<void_pointer>;

    static constexpr size_type Alignment = 16;
    // What each allocation takes beside the bytes that were asked for.
    static constexpr size_type PayloadPerAllocation = sizeof(std::uint64_t);

    // Manages `size` bytes from this object on, except for `extra_bytes` behind it. Undefined below get_min_size.
    crash_safe_fit(size_type size, size_type extra_bytes)
        : size_(size / granule * granule), first_(first_block(extra_bytes)) {
        assert(size >= get_min_size(extra_bytes));
        const offset last = size_ - sizeof(std::uint64_t);
        word(last) = used;
        make_free(first_, last - first_);
        log_.commit();
    }
    crash_safe_fit(const crash_safe_fit &) = delete;
    crash_safe_fit &operator=(const crash_safe_fit &) = delete;

    static size_type get_min_size(size_type extra_bytes) {
        return first_block(extra_bytes) + smallest + sizeof(std::uint64_t);
    }

    // A block of `bytes` bytes, aligned to 16; null if there is none. Does not throw but what the mutex throws.
    void *allocate(size_type bytes) { return allocate_aligned(bytes, Alignment); }
    void *allocate_aligned(size_type bytes, size_type alignment) {
        if (!fits(bytes, alignment)) return nullptr;
        const guard locked(*this);
        void *block = take(bytes, alignment);
        log_.commit();
        return block;
    }
    // Allocates, and calls `also(block)` within the same operation. Words that it changes with set() are changed if and
    // only if the allocation takes place. It may write to the block directly.
    template <class Also>
    void *allocate_and(size_type bytes, size_type alignment, Also also) {
        if (!fits(bytes, alignment)) return nullptr;
        const guard locked(*this);
        void *memory = take(bytes, alignment);
        if (memory != nullptr) {
            // If the operation is undone the block is free again and needs its links and its size. `also` overwrites
            // them.
            const offset block = block_of(memory);
            for (std::uint64_t *kept : {&next(block), &previous(block), &last_word(block)})
                log_.set(*kept, *kept);
            also(memory);
        }
        log_.commit();
        return memory;
    }

    // Does nothing for a null pointer. The behaviour is undefined if `block` is not an allocated block of this heap.
    void deallocate(void *block) {
        deallocate_and(block, [] {});
    }
    template <class Also>
    void deallocate_and(void *block, Also also) {
        if (block == nullptr) return;
        const guard locked(*this);
        give_back(block_of(block));
        also();
        log_.commit();
    }
    // For `also`: sets a word that lies in this memory.
    void set(std::uint64_t &word, std::uint64_t value) { log_.set(word, value); }

    // As rbtree_best_fit: all or nothing, the blocks at the end of the chain.
    void allocate_many(size_type element_bytes, size_type count, multiallocation_chain &chain) {
        allocate_each(count, chain, [&](size_type) { return element_bytes; });
    }
    void allocate_many(const size_type *lengths, size_type count, size_type element_bytes,
                       multiallocation_chain &chain) {
        allocate_each(count, chain, [&](size_type i) { return lengths[i] * element_bytes; });
    }
    void deallocate_many(multiallocation_chain &chain) {
        while (!chain.empty())
            deallocate(boost::movelib::to_raw_pointer(chain.pop_front()));
    }

    // As rbtree_best_fit: allocates, or makes the block `reuse` longer or shorter where it is. Sizes are numbers of T.
    template <class T>
    T *allocation_command(boost::interprocess::allocation_type command, size_type limit, size_type &preferred,
                          T *&reuse) {
        void *old = reuse;
        void *got = raw_allocation_command(command, limit, preferred, old, sizeof(T));
        reuse = static_cast<T *>(old);
        return static_cast<T *>(got);
    }
    void *raw_allocation_command(boost::interprocess::allocation_type command, size_type limit, size_type &preferred,
                                 void *&reuse, size_type object_bytes = 1) {
        using namespace boost::interprocess;
        if (object_bytes == 0 || std::max(limit, preferred) > most / object_bytes) return reuse = nullptr;
        const guard locked(*this);
        size_type bytes = preferred * object_bytes;
        void *got = nullptr;
        if ((command & (shrink_in_place | try_shrink_in_place)) != 0) {
            if (reuse != nullptr && shorten(block_of(reuse), limit * object_bytes, bytes)) got = reuse;
        } else {
            got = resize_or_take(command, limit * object_bytes, bytes, reuse, object_bytes);
        }
        log_.commit();
        preferred = bytes / object_bytes;
        return got;
    }

    // Makes the heap longer by bytes that follow it in memory.
    void grow(size_type extra_bytes) {
        const guard locked(*this);
        const std::uint64_t added = extra_bytes / granule * granule;
        if (added < smallest) return;
        const offset last = size_ - sizeof(std::uint64_t);
        word(last + added) = used;
        log_.set(size_, size_ + added);
        log_.set(word(last), word(last) | added);
        log_.set(allocated_, allocated_ + added);
        give_back(last);
        log_.commit();
    }
    // Makes the heap as short as its last allocated block allows.
    void shrink_to_fit() {
        const guard locked(*this);
        const offset last = size_ - sizeof(std::uint64_t);
        if ((word(last) & previous_free) == 0) return;
        const offset free = last - word(last - sizeof(std::uint64_t));
        if (free == first_) return;
        unlink(free);
        log_.set(word(free), used);
        log_.set(size_, free + sizeof(std::uint64_t));
        log_.commit();
    }

    size_type get_size() const { return size_; }
    size_type get_free_memory() const { return size_ - first_ - sizeof(std::uint64_t) - allocated_; }
    // What may be written in an allocated block.
    size_type size(const void *block) const { return size_of(block_of(block)) - PayloadPerAllocation; }
    bool all_memory_deallocated() {
        const guard locked(*this);
        return allocated_ == 0;
    }
    void zero_free_memory() {
        const guard locked(*this);
        for (offset block = first_; size_of(block) != 0; block += size_of(block))
            if ((word(block) & used) == 0)
                std::memset(at(block + links_end), 0, size_of(block) - links_end - sizeof(std::uint64_t));
    }
    // Looks at every block and every list. False: something is written over.
    bool check_sanity() {
        const guard locked(*this);
        return log_.empty() && blocks_are_sane() && lists_are_sane();
    }

  private:
    using offset = std::uint64_t;

    static constexpr std::uint64_t granule = 16;
    static constexpr std::uint64_t used = 1, previous_free = 2, flags = granule - 1;
    static constexpr std::uint64_t links_end = 3 * sizeof(std::uint64_t);  // of a free block: its word and two links
    static constexpr std::uint64_t smallest = links_end + sizeof(std::uint64_t);
    static constexpr size_type most = std::numeric_limits<size_type>::max() / 4;
    static constexpr unsigned rows = 41, columns = 16;  // of lists; the last row begins at 2^47 bytes

    // Holds the lock, and the heap is whole.
    class guard {
      public:
        explicit guard(crash_safe_fit &heap) : lock_(heap.mutex_) {
            if (heap.mutex_.abandoned()) [[unlikely]] {
                heap.log_.undo();
                heap.mutex_.repaired();
            }
        }

      private:
        std::lock_guard<typename MutexFamily::mutex_type> lock_;
    };

    // The list of free blocks of about a size: up to 256 bytes one list for each size, then 16 for each doubling.
    struct place {
        unsigned row, column;
    };
    static place place_of(std::uint64_t size) {
        const std::uint64_t granules = size / granule;
        if (granules < columns) return {0, static_cast<unsigned>(granules)};
        const unsigned row = static_cast<unsigned>(std::bit_width(granules)) - 4;
        return {row, static_cast<unsigned>(granules >> (row - 1)) % columns};
    }
    // Every block in its list has at least this size.
    static place roomy_place_of(std::uint64_t size) {
        const place exact = place_of(size);
        return exact.row < 2 ? exact : place_of(size + (granule << (exact.row - 1)) - granule);
    }

    static std::uint64_t block_size(std::uint64_t bytes) {
        return std::max(smallest, (bytes + PayloadPerAllocation + granule - 1) / granule * granule);
    }
    static std::uint64_t first_block(size_type extra_bytes) {
        return (sizeof(crash_safe_fit) + extra_bytes + granule - 1) / granule * granule + sizeof(std::uint64_t);
    }

    // Beyond this object, too: a compiler that sees where it was made must not take the memory for smaller.
    char *at(offset where) const {
        auto address = reinterpret_cast<std::uintptr_t>(this);
        __asm__("" : "+r"(address));
        return reinterpret_cast<char *>(address + where);
    }
    std::uint64_t &word(offset where) const { return *reinterpret_cast<std::uint64_t *>(at(where)); }
    std::uint64_t size_of(offset block) const { return word(block) & ~flags; }
    std::uint64_t &next(offset block) const { return word(block + sizeof(std::uint64_t)); }
    std::uint64_t &previous(offset block) const { return word(block + 2 * sizeof(std::uint64_t)); }
    std::uint64_t &last_word(offset block) const { return word(block + size_of(block) - sizeof(std::uint64_t)); }
    offset block_of(const void *memory) const {
        return static_cast<offset>(static_cast<const char *>(memory) - at(0)) - PayloadPerAllocation;
    }
    void *memory_of(offset block) const { return at(block + PayloadPerAllocation); }

    // Puts a block into its list.
    void link(offset block, std::uint64_t size) {
        const auto [row, column] = place_of(size);
        std::uint64_t &head = heads_[row][column];
        log_.set(next(block), head);
        log_.set(previous(block), 0);
        if (head != 0) {
            log_.set(previous(head), block);
        } else {
            if (columns_[row] == 0) log_.set(rows_, rows_ | std::uint64_t{1} << row);
            log_.set(columns_[row], columns_[row] | std::uint64_t{1} << column);
        }
        log_.set(head, block);
    }
    // Takes a free block out of its list.
    void unlink(offset block) {
        const auto [row, column] = place_of(size_of(block));
        const offset before = previous(block), behind = next(block);
        log_.set(before != 0 ? next(before) : heads_[row][column], behind);
        if (behind != 0) log_.set(previous(behind), before);
        if (heads_[row][column] != 0) return;
        log_.set(columns_[row], columns_[row] & ~(std::uint64_t{1} << column));
        if (columns_[row] == 0) log_.set(rows_, rows_ & ~(std::uint64_t{1} << row));
    }
    // Free blocks stand on neither side.
    void make_free(offset block, std::uint64_t size) {
        log_.set(word(block), size);
        log_.set(word(block + size - sizeof(std::uint64_t)), size);
        log_.set(word(block + size), word(block + size) | previous_free);
        link(block, size);
    }
    // A block that stands in no list becomes one of `size` bytes at its beginning; the rest of it is free, if there is
    // enough for a block.
    void make_used(offset block, std::uint64_t whole, std::uint64_t size, std::uint64_t flag) {
        if (whole - size < smallest) size = whole;
        log_.set(word(block), size | used | flag);
        if (size < whole)
            make_free(block + size, whole - size);
        else
            log_.set(word(block + whole), word(block + whole) & ~previous_free);
        log_.set(allocated_, allocated_ + size);
    }

    // The first block of the first list in which all are big enough; else one of the list in which some may be. 0:
    // none.
    offset find(std::uint64_t size) const {
        auto [row, column] = roomy_place_of(size);
        if (row >= rows) return 0;
        std::uint64_t lists = columns_[row] >> column << column;
        if (lists == 0 && row + 1 < rows) {
            const std::uint64_t longer = rows_ >> (row + 1) << (row + 1);
            if (longer != 0) {
                row = static_cast<unsigned>(std::countr_zero(longer));
                lists = columns_[row];
            }
        }
        if (lists != 0) return heads_[row][std::countr_zero(lists)];
        const place exact = place_of(size);
        offset block = heads_[exact.row][exact.column];
        while (block != 0 && size_of(block) < size)
            block = next(block);
        return block;
    }
    static bool fits(size_type bytes, size_type alignment) {
        return std::has_single_bit(alignment) && bytes <= most && alignment <= most;
    }
    void *take(size_type bytes, size_type alignment) {
        return alignment <= Alignment ? take(block_size(bytes)) : take_aligned(block_size(bytes), alignment);
    }
    void *take(std::uint64_t size) {
        const offset block = find(size);
        if (block == 0) return nullptr;
        unlink(block);
        make_used(block, size_of(block), size, 0);
        return memory_of(block);
    }
    void *take_aligned(std::uint64_t size, std::uint64_t alignment) {
        const offset found = find(size + alignment + smallest);
        if (found == 0) return nullptr;
        const std::uint64_t whole = size_of(found);
        const auto address = reinterpret_cast<std::uintptr_t>(memory_of(found));
        std::uint64_t before = (alignment - address % alignment) % alignment;
        if (before != 0 && before < smallest) before += alignment;
        unlink(found);
        make_used(found + before, whole - before, size, 0);
        if (before != 0) make_free(found, before);
        return memory_of(found + before);
    }
    void give_back(offset block) {
        assert((word(block) & used) != 0);
        std::uint64_t size = size_of(block);
        log_.set(allocated_, allocated_ - size);
        const offset behind = block + size;
        if ((word(block) & previous_free) != 0) {
            const std::uint64_t before = word(block - sizeof(std::uint64_t));
            block -= before;
            size += before;
            unlink(block);
        }
        if ((word(behind) & used) == 0) {
            size += size_of(behind);
            unlink(behind);
        }
        make_free(block, size);
    }

    template <class BytesOf>
    void allocate_each(size_type count, multiallocation_chain &chain, BytesOf bytes_of) {
        multiallocation_chain got;
        for (size_type i = 0; i < count; ++i) {
            void *block = allocate(bytes_of(i));
            if (block == nullptr) {
                deallocate_many(got);
                return;
            }
            got.push_back(void_pointer(block));
        }
        chain.splice_after(chain.last(), got);
    }

    // Makes a block shorter: to `bytes`, which becomes what there is then. False: it has more than `limit` anyway.
    bool shorten(offset block, std::uint64_t limit, size_type &bytes) {
        const std::uint64_t before = size_of(block), size = block_size(bytes);
        if (limit < bytes || before < size) return false;
        if (before - size >= smallest) {
            const offset rest = block + size;
            log_.set(word(block), (word(block) & flags) | size);
            log_.set(word(rest), (before - size) | used);
            give_back(rest);
        }
        bytes = size_of(block) - PayloadPerAllocation;
        return bytes <= limit;
    }

    void *resize_or_take(boost::interprocess::allocation_type command, std::uint64_t limit, size_type &bytes,
                         void *&reuse, std::uint64_t multiple) {
        using namespace boost::interprocess;
        const size_type preferred = bytes;
        if (limit > preferred) return reuse = nullptr;
        if (void *got = lengthen(command, preferred, bytes = preferred, reuse, multiple)) return got;
        if ((command & allocate_new) != 0) {
            for (const std::uint64_t wanted : {static_cast<std::uint64_t>(preferred), limit}) {
                if (void *got = take(block_size(wanted))) {
                    bytes = size(got);
                    reuse = nullptr;
                    return got;
                }
            }
        }
        if (void *got = lengthen(command, limit, bytes = preferred, reuse, multiple)) return got;
        return reuse = nullptr;
    }
    // Makes a block longer into the free blocks beside it: to `bytes` if there is room, to `least` otherwise.
    void *lengthen(boost::interprocess::allocation_type command, std::uint64_t least, size_type &bytes, void *old,
                   std::uint64_t multiple) {
        using namespace boost::interprocess;
        if (old == nullptr || (command & (expand_fwd | expand_bwd)) == 0) return nullptr;
        const offset block = block_of(old);
        const std::uint64_t size = size_of(block), wanted = block_size(bytes);
        const offset behind = block + size;
        std::uint64_t forward = size;
        if ((command & expand_fwd) != 0 && (word(behind) & used) == 0) forward += size_of(behind);
        if (size >= wanted || forward >= block_size(least)) {
            resize(block, size, forward, std::min(wanted, forward));
            bytes = size_of(block) - PayloadPerAllocation;
            return old;
        }
        if ((command & expand_bwd) == 0 || (word(block) & previous_free) == 0) return nullptr;

        const std::uint64_t before = word(block - sizeof(std::uint64_t)), step = std::lcm(multiple, granule);
        const auto steps = [&](std::uint64_t target) { return (target - forward + step - 1) / step * step; };
        std::uint64_t back = steps(wanted);
        if (back > before) back = before / step * step;
        if (before - back != 0 && before - back < smallest) back = back >= step ? back - step : 0;
        if (back == 0 || forward + back < block_size(least)) return nullptr;
        unlink(block - before);
        const std::uint64_t flag = before == back ? 0 : previous_free;
        if (flag != 0) {  // the rest of the free block in front
            const offset front = block - before;
            log_.set(word(front), before - back);
            log_.set(word(block - back - sizeof(std::uint64_t)), before - back);
            link(front, before - back);
        }
        log_.set(word(block - back), (size + back) | used | flag);
        log_.set(allocated_, allocated_ + back);
        resize(block - back, size + back, forward + back, std::min(std::max(wanted, size + back), forward + back));
        bytes = size_of(block - back) - PayloadPerAllocation;
        return memory_of(block - back);
    }
    // Takes so much of the free block behind that the block has `size` bytes; `most` of them are there.
    void resize(offset block, std::uint64_t before, std::uint64_t reach, std::uint64_t size) {
        if (reach == before || size <= before) return;
        unlink(block + before);
        log_.set(allocated_, allocated_ - before);
        make_used(block, reach, size, word(block) & previous_free);
    }

    bool blocks_are_sane() const {
        std::uint64_t taken = 0;
        bool free_before = false;
        offset block = first_;
        for (; block < size_ && size_of(block) != 0; block += size_of(block)) {
            const bool is_free = (word(block) & used) == 0;
            if (((word(block) & previous_free) != 0) != free_before || (is_free && free_before)) return false;
            if (size_of(block) < smallest || block + size_of(block) >= size_) return false;
            if (is_free && word(block + size_of(block) - sizeof(std::uint64_t)) != size_of(block)) return false;
            if (!is_free) taken += size_of(block);
            free_before = is_free;
        }
        return block == size_ - sizeof(std::uint64_t) && taken == allocated_ &&
               ((word(block) & previous_free) != 0) == free_before;
    }
    // As many free blocks as there are, each in its list.
    bool lists_are_sane() const {
        std::uint64_t in_row = 0, in_lists = 0;
        for (offset block = first_; size_of(block) != 0; block += size_of(block))
            in_row += (word(block) & used) == 0;
        for (unsigned row = 0; row < rows; ++row) {
            if ((columns_[row] != 0) != ((rows_ >> row & 1) != 0)) return false;
            for (unsigned column = 0; column < columns; ++column) {
                if ((heads_[row][column] != 0) != ((columns_[row] >> column & 1) != 0)) return false;
                offset before = 0;
                for (offset block = heads_[row][column]; block != 0; before = block, block = next(block)) {
                    const auto [its_row, its_column] = place_of(size_of(block));
                    if (block < first_ || block >= size_ || (word(block) & used) != 0) return false;
                    if (its_row != row || its_column != column || previous(block) != before) return false;
                    if (++in_lists > in_row) return false;
                }
            }
        }
        return in_lists == in_row;
    }

    typename MutexFamily::mutex_type mutex_;
    undo_log log_;
    std::uint64_t size_;           // bytes from this object to the end
    std::uint64_t first_;          // block
    std::uint64_t allocated_ = 0;  // bytes in blocks
    std::uint64_t rows_ = 0;       // a bit for each row that has blocks
    std::uint64_t columns_[rows]{};
    std::uint64_t heads_[rows][columns]{};
};

}  // namespace chorus::interprocess
