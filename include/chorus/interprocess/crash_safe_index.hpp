// The index of the names in a managed region, whole at each instruction.
#pragma once

#include <array>
#include <chorus/interprocess/undo_log.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace chorus::interprocess {

// What stands before each object in a managed region. The value follows, then the name.
struct object_record {
    enum : std::uint64_t { unconstructed, constructed, destroying };
    enum : std::uint32_t { anonymous, named, unique };

    std::uint64_t state;
    std::uint64_t next_intent;  // offset; while this record is in the list of intents
    std::uint64_t hash;         // of the name
    std::uint64_t next_equal;   // offset of another record with the same hash
    std::uint64_t count;        // of objects in the value
    std::uint64_t value_bytes;
    std::uint64_t bytes_before;  // of the block, for objects with a great alignment
    std::uint32_t type;
    std::uint32_t name_length;

    void *value() { return this + 1; }
    const void *value() const { return this + 1; }
    std::string_view name() const { return {static_cast<const char *>(value()) + value_bytes, name_length}; }
    void *block() { return reinterpret_cast<char *>(this) - bytes_before; }
};
static_assert(sizeof(object_record) == 64);

// A tree with 16 branches at each node, chosen by four bits of the hash of a name after the other. A record enters and
// leaves it by one store, and a node takes the place of a record within the allocation of the node: there is no moment
// at which the tree is not whole. `Heap` is a crash_safe_fit; offsets count from it. Not thread safe.
template <class Heap>
class crash_safe_index {
    static constexpr unsigned branches = 16, branch_bits = 4, hash_bits = 64, levels = hash_bits / branch_bits;
    struct node {
        std::uint64_t children[branches];
    };

  public:
    // The same in every actor, whatever compiled it (FNV-1a).
    static std::uint64_t hash_of(std::string_view name) {
        std::uint64_t hash = 0xcbf29ce484222325;
        for (const char c : name)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        return hash ^ hash >> 32;
    }

    object_record *find(const Heap &heap, std::string_view name, std::uint64_t hash) const {
        std::uint64_t slot = root_;
        for (unsigned shift = 0; is_node(slot); shift += branch_bits)
            slot = node_at(heap, slot).children[branch(hash, shift)];
        for (; slot != 0; slot = record_at(heap, slot).next_equal) {
            object_record &record = record_at(heap, slot);
            if (record.hash == hash && record.name() == name) return &record;
        }
        return nullptr;
    }

    // False: there is no memory for a node. The name must not be there.
    bool insert(Heap &heap, object_record &record) {
        unsigned shift = 0;
        std::uint64_t *slot = slot_for(heap, record.hash, shift);
        while (*slot != 0 && record_at(heap, *slot).hash != record.hash) {
            const std::uint64_t other = *slot;
            void *made = heap.allocate_and(sizeof(node), Heap::Alignment, [&](void *memory) {
                node &fresh = *new (memory) node{};
                fresh.children[branch(record_at(heap, other).hash, shift)] = other;
                heap.set(*slot, offset_of(heap, memory) | node_bit);
            });
            if (made == nullptr) return false;
            slot = &static_cast<node *>(made)->children[branch(record.hash, shift)];
            shift += branch_bits;
        }
        record.next_equal = *slot;
        undo_log::in_order();
        *slot = offset_of(heap, &record);
        return true;
    }

    // Nothing happens if the record is not there.
    void erase(const Heap &heap, const object_record &record) {
        unsigned shift = 0;
        std::uint64_t *link = slot_for(heap, record.hash, shift);
        const std::uint64_t wanted = offset_of(heap, &record);
        while (*link != 0 && *link != wanted)
            link = &record_at(heap, *link).next_equal;
        if (*link == wanted) *link = record.next_equal;
    }

    // Gives the memory of nodes back that tell no records apart.
    void shrink_to_fit(Heap &heap) { prune(heap, root_); }

    // Over all records, in no order; as long as none enters or leaves.
    class const_iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = object_record;
        using difference_type = std::ptrdiff_t;
        using pointer = const object_record *;
        using reference = const object_record &;

        const_iterator() = default;
        reference operator*() const { return *record_; }
        pointer operator->() const { return record_; }
        const_iterator &operator++() {
            if (record_->next_equal != 0)
                record_ = &record_at(*heap_, record_->next_equal);
            else
                rise();
            return *this;
        }
        const_iterator operator++(int) {
            const const_iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const const_iterator &other) const { return record_ == other.record_; }

      private:
        friend class crash_safe_index;
        struct step {
            const node *at;
            unsigned branch;
        };

        const_iterator(const Heap &heap, std::uint64_t root) : heap_(&heap) { descend(root); }
        // To the first record below a slot; if there is none, to the next one anywhere.
        void descend(std::uint64_t slot) {
            for (;;) {
                if (slot != 0 && !is_node(slot)) {
                    record_ = &record_at(*heap_, slot);
                    return;
                }
                if (slot == 0) {
                    rise();
                    return;
                }
                path_[depth_++] = {&node_at(*heap_, slot), 0};
                slot = path_[depth_ - 1].at->children[0];
            }
        }
        void rise() {
            while (depth_ > 0) {
                step &last = path_[depth_ - 1];
                if (++last.branch < branches) {
                    if (last.at->children[last.branch] == 0) continue;
                    descend(last.at->children[last.branch]);
                    return;
                }
                --depth_;
            }
            record_ = nullptr;
        }

        const Heap *heap_ = nullptr;
        const object_record *record_ = nullptr;
        std::array<step, levels> path_{};
        unsigned depth_ = 0;
    };
    const_iterator begin(const Heap &heap) const { return const_iterator(heap, root_); }
    static const_iterator end() { return {}; }

  private:
    static constexpr std::uint64_t node_bit = 1;

    static bool is_node(std::uint64_t slot) { return (slot & node_bit) != 0; }
    static unsigned branch(std::uint64_t hash, unsigned shift) {
        return static_cast<unsigned>(hash >> shift) % branches;
    }
    static char *base(const Heap &heap) { return reinterpret_cast<char *>(const_cast<Heap *>(&heap)); }
    static std::uint64_t offset_of(const Heap &heap, const void *memory) {
        return static_cast<std::uint64_t>(static_cast<const char *>(memory) - base(heap));
    }
    static node &node_at(const Heap &heap, std::uint64_t slot) {
        return *reinterpret_cast<node *>(base(heap) + (slot & ~node_bit));
    }
    static object_record &record_at(const Heap &heap, std::uint64_t slot) {
        return *reinterpret_cast<object_record *>(base(heap) + slot);
    }

    // Where the records of a hash begin; `shift` is that of the node below it, if one is made there.
    std::uint64_t *slot_for(const Heap &heap, std::uint64_t hash, unsigned &shift) {
        std::uint64_t *slot = &root_;
        for (; is_node(*slot); shift += branch_bits)
            slot = &node_at(heap, *slot).children[branch(hash, shift)];
        return slot;
    }
    // Takes nodes away that have no record below them, or one.
    void prune(Heap &heap, std::uint64_t &slot) {
        if (!is_node(slot)) return;
        node &inner = node_at(heap, slot);
        std::uint64_t only = 0;
        unsigned children = 0;
        for (std::uint64_t &child : inner.children) {
            prune(heap, child);
            if (child == 0) continue;
            only = child;
            ++children;
        }
        if (children > 1 || is_node(only)) return;
        heap.deallocate_and(&inner, [&] { heap.set(slot, only); });
    }

    std::uint64_t root_ = 0;
};

}  // namespace chorus::interprocess
