// Shared memory in this process, owned: the region is freed when its object goes, here only. Other actors that map the
// memory keep it.
//
//     Region page = Region::allocate(4096);
//     page.as<int>()[0] = 1234;
//     // elsewhere, with the capability of that actor and page.range():
//     Region same = Region::map_from(capability, range);
#pragma once

#include <chorus/address_space.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace chorus {

class Region {
  public:
    // Empty: holds no addresses.
    Region() = default;
    // Takes over a range of the caller's own addresses.
    explicit Region(const Range &range) : range_(range) {}
    // Frees what it holds. A refusal (no kernel answers; the pages are locked) leaves it mapped and is not told: where
    // that matters, call free.
    ~Region() {
        detail::RgnDesc desc = detail::descriptor(range_);
        if (!empty()) detail::rgn_free(K_MYACTOR, &desc);
    }
    Region(Region &&other) noexcept : range_(other.release()) {}
    Region &operator=(Region &&other) noexcept {
        Region old(std::exchange(range_, other.release()));
        return *this;
    }

    // In the caller's space: as the functions of the same names in address_space.hpp, with their refusals, after which
    // the region is empty. [rgnAllocate(2K)] [rgnMapFromActor(2K)] [rgnInitFromActor(2K)]
    static Region allocate(std::uint64_t size_bytes, const RegionOptions &options = {}, OnRefusal on_refusal = {}) {
        return Region(chorus::allocate(Actor::self(), size_bytes, options, on_refusal));
    }
    static Region map_from(const Actor &source, const Range &range, const RegionOptions &options = {},
                           OnRefusal on_refusal = {}) {
        return Region(chorus::map_from(Actor::self(), source, range, options, on_refusal));
    }
    static Region copy_from(const Actor &source, const Range &range, const RegionOptions &options = {},
                            OnRefusal on_refusal = {}) {
        return Region(chorus::copy_from(Actor::self(), source, range, options, on_refusal));
    }

    // As many of one size, as `allocate` would make them one after the other, but asked for together, which takes less
    // time. Those of 16 KiB or less that may be written have their memory at once, not when they are touched (on Linux
    // 5.14 or later). Refused one of them, it makes none. Blocks until the last one is there.
    static std::vector<Region> allocate_each(std::size_t count, std::uint64_t size_bytes,
                                             const RegionOptions &options = {}, OnRefusal on_refusal = {}) {
        std::vector<detail::RgnDesc> descs(count, detail::descriptor(size_bytes, options));
        std::vector<Region> regions;
        regions.reserve(count);
        const int status = detail::allocate_each(descs.data(), static_cast<unsigned>(count));
        if (!on_refusal.accepts(status, "rgnAllocate")) return regions;
        for (const detail::RgnDesc &desc : descs)
            regions.emplace_back(Range{desc.startAddr, detail::whole_pages(desc.size)});
        return regions;
    }

    const Range &range() const { return range_; }
    bool empty() const { return range_.size_bytes == 0; }

    // All of it. What its protection does not allow is a fault of the program.
    std::span<std::byte> bytes() const { return as<std::byte>(); }
    // The same as objects of a type, as many as there is room for. They are what the memory holds: no constructor is
    // called (std::construct_at calls one), and what others write is seen at once.
    template <class T>
    std::span<T> as() const {
        static_assert(std::is_standard_layout_v<T> && std::is_trivially_destructible_v<T>,
                      "memory that others map can hold plain objects");
        return {reinterpret_cast<T *>(range_.start), static_cast<std::size_t>(range_.size_bytes / sizeof(T))};
    }

    // For all of it. [rgnSetProtect(2K)] [rgnSetInherit(2K)]
    void set_protection(Protection protection, OnRefusal on_refusal = {}) {
        chorus::set_protection(Actor::self(), range_, protection, on_refusal);
    }
    void set_inheritance(Inheritance inheritance, OnRefusal on_refusal = {}) {
        chorus::set_inheritance(Actor::self(), range_, inheritance, on_refusal);
    }

    // Frees it now; refused, the region holds it still. An empty one: nothing to do. [rgnFree(2K)]
    void free(OnRefusal on_refusal = {}) {
        std::error_code refusal;
        if (!empty()) chorus::free(Actor::self(), range_, refusal);
        if (on_refusal.accepts(refusal, "rgnFree")) range_ = {};
    }
    // Holds it no longer; it stays mapped, and the caller frees it.
    Range release() noexcept { return std::exchange(range_, {}); }

  private:
    Range range_{};
};

}  // namespace chorus
