// Changes of a few words in shared memory that happen wholly or not at all, also if the process that makes them is
// killed between any two instructions.
#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>

namespace chorus::interprocess {

// Lies in the shared memory, as the words that it knows. Only the holder of the lock that protects these words uses it.
// It is empty except while a change is under way; whoever gets the lock after the death of its holder calls `undo`.
//
// A process ends between two instructions: all stores before that point are seen by the others, in whatever order the
// processor made them, because the death is told through the system. So only the compiler must keep the order.
class undo_log {
  public:
    static constexpr std::uint64_t capacity = 64;

    // Sets a word, and remembers what it was before.
    void set(std::uint64_t &word, std::uint64_t value) {
        assert(count_ < capacity);
        entries_[count_] = {reinterpret_cast<std::intptr_t>(&word) - reinterpret_cast<std::intptr_t>(this), word};
        in_order();
        ++count_;
        in_order();
        word = value;
    }
    // All that was set stays.
    void commit() {
        in_order();
        count_ = 0;
        in_order();
    }
    // All that was set is again what it was before. May be killed and called again.
    void undo() {
        while (count_ > 0) {
            const entry &last = entries_[count_ - 1];
            *reinterpret_cast<std::uint64_t *>(reinterpret_cast<std::intptr_t>(this) + last.distance_bytes) =
                last.before;
            in_order();
            --count_;
            in_order();
        }
    }
    bool empty() const { return count_ == 0; }

    static void in_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

  private:
    struct entry {
        std::int64_t distance_bytes;  // of the word from the log: actors map both at other addresses
        std::uint64_t before;
    };

    std::uint64_t count_ = 0;
    entry entries_[capacity]{};
};

}  // namespace chorus::interprocess
