// The calls of chorus/address_space.hpp. Programs include that.
#pragma once

#include <chorus/address_space.hpp>
#include <chorus/detail/list.hpp>
#include <chorus/detail/wide_calls.hpp>

namespace chorus {

namespace detail {

inline RgnDesc descriptor(const Range &range, VmFlags options = 0) {
    return {.startAddr = range.start, .size = range.size_bytes, .options = options};
}

inline RgnDesc descriptor(std::uint64_t size_bytes, const RegionOptions &options) {
    return {.startAddr = options.place.start,
            .size = size_bytes,
            .options = flags(options) | options.place.options,
            .endAddr = options.place.end,
            .opaque1 = options.opaque.word1,
            .opaque2 = options.opaque.word2};
}

inline std::uint64_t whole_pages(std::uint64_t size_bytes) {
    const auto page_bytes = static_cast<std::uint64_t>(vmPageSize());
    return (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
}

// What a call that makes a region says of it.
inline Range made(const RgnDesc &desc, int status, const char *call, OnRefusal on_refusal) {
    return on_refusal.accepts(status, call) ? Range{desc.startAddr, whole_pages(desc.size)} : Range{};
}

}  // namespace detail

inline Range allocate(const Actor &actor, std::uint64_t size_bytes, const RegionOptions &options,
                      OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(size_bytes, options);
    const int status = detail::rgn_allocate(actor.c_actor(), &desc);
    return detail::made(desc, status, "rgnAllocate", on_refusal);
}

inline Range map_from(const Actor &target, const Actor &source, const Range &range, const RegionOptions &options,
                      OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range.size_bytes, options), from = detail::descriptor(range);
    const int status = detail::rgn_map_from_actor(target.c_actor(), &desc, source.c_actor(), &from);
    return detail::made(desc, status, "rgnMapFromActor", on_refusal);
}

inline Range copy_from(const Actor &target, const Actor &source, const Range &range, const RegionOptions &options,
                       OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range.size_bytes, options), from = detail::descriptor(range);
    const int status = detail::rgn_init_from_actor(target.c_actor(), &desc, source.c_actor(), &from);
    return detail::made(desc, status, "rgnInitFromActor", on_refusal);
}

inline void free(const Actor &actor, const Range &range, OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range);
    on_refusal.accepts(detail::rgn_free(actor.c_actor(), &desc), "rgnFree");
}

inline void free_all(const Actor &actor, OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(Range{}, K_FREEALL);
    on_refusal.accepts(detail::rgn_free(actor.c_actor(), &desc), "rgnFree");
}

inline void set_protection(const Actor &actor, const Range &range, Protection protection, OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range, static_cast<VmFlags>(protection));
    on_refusal.accepts(detail::rgn_set_protect(actor.c_actor(), &desc), "rgnSetProtect");
}

inline void set_inheritance(const Actor &actor, const Range &range, Inheritance inheritance, OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range, static_cast<VmFlags>(inheritance));
    on_refusal.accepts(detail::rgn_set_inherit(actor.c_actor(), &desc), "rgnSetInherit");
}

inline void set_paging(const Actor &actor, const Range &range, Presence presence, Shortage shortage,
                       OnRefusal on_refusal) {
    const auto options = static_cast<VmFlags>(presence) | static_cast<VmFlags>(shortage);
    detail::RgnDesc desc = detail::descriptor(range, options);
    on_refusal.accepts(detail::rgn_set_paging(actor.c_actor(), &desc), "rgnSetPaging");
}

inline void set_opaque(const Actor &actor, const Range &range, const Opaque &opaque, OnRefusal on_refusal) {
    detail::RgnDesc desc = detail::descriptor(range);
    desc.opaque1 = opaque.word1;
    desc.opaque2 = opaque.word2;
    on_refusal.accepts(detail::rgn_set_opaque(actor.c_actor(), &desc), "rgnSetOpaque");
}

inline void duplicate(const Actor &target, const Actor &source, Duplication duplication, OnRefusal on_refusal) {
    on_refusal.accepts(rgnDup(target.c_actor(), source.c_actor(), static_cast<VmFlags>(duplication)), "rgnDup");
}

inline std::vector<RegionEntry> regions(const Actor &actor, const Range &range, OnRefusal on_refusal) {
    const auto ask = [&](detail::RgnStat *rows, unsigned int size_bytes) {
        detail::RgnDesc desc = detail::descriptor(range);
        return detail::rgn_stat(actor.c_actor(), &desc, rows, size_bytes);
    };
    std::vector<RegionEntry> entries;
    for (const detail::RgnStat &row : detail::list<detail::RgnStat>(ask, "rgnStat", on_refusal))
        entries.push_back({{row.startAddr, row.size}, row.options, {row.opaque1, row.opaque2}});
    return entries;
}

}  // namespace chorus
