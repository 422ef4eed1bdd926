// Memory of the model world: segments as pages that were touched, and what each process has mapped of them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/types.hpp"
#include "script/operation.hpp"

namespace chorus::sim {

// A byte of memory, whoever maps it where.
struct Place {
    kernel::SegmentId segment{};
    std::uint64_t offset = 0;
    auto operator<=>(const Place &) const = default;
};

class Segments {
  public:
    // Memory that was not written to reads 0.
    void read(Place from, char *to, std::uint64_t size_bytes) const;
    void write(Place to, const char *from, std::uint64_t size_bytes);
    // Words are aligned.
    std::uint64_t load64(const Place &at) const;
    void store64(const Place &at, std::uint64_t value);
    void copy(const kernel::CopyPart &part);
    void discard(const kernel::SegmentPart &part);
    void release(kernel::SegmentId segment) { segments_.erase(segment); }
    // Calls `each` with every page that was touched and not given back.
    template <class Each>
    void for_each_page(Each each) const {
        for (const auto &[segment, pages] : segments_)
            for (const auto &[number, page] : pages)
                each(segment, kernel::Range{number * page_bytes, page_bytes});
    }

  private:
    using Page = std::array<char, page_bytes>;
    using Pages = std::map<std::uint64_t, std::unique_ptr<Page>>;  // by number

    const Page *find(kernel::SegmentId segment, std::uint64_t page) const;
    Page &page(kernel::SegmentId segment, std::uint64_t page);

    std::unordered_map<kernel::SegmentId, Pages> segments_;
};

// What a process has mapped.
class Maps {
  public:
    struct Mapped {
        std::uint64_t size_bytes = 0;
        Place place;
        std::uint32_t options = 0;
    };

    void unmap(const kernel::Range &range);
    void map(const kernel::Region &region);
    enum class Access { read, write };
    const Mapped *find(std::uint64_t address, std::uint64_t &start) const;
    bool may(Access access, std::uint64_t address, std::uint64_t size_bytes) const;
    // The place of an address that the process may read.
    Place place_of(std::uint64_t address) const;
    const std::map<std::uint64_t, Mapped> &all() const { return mapped_; }

    // False where not all of it may be touched; what comes before that was.
    bool read(const Segments &segments, std::uint64_t address, std::uint64_t size_bytes, std::string &to) const;
    bool write(Segments &segments, std::uint64_t address, const std::string &bytes) const;

  private:
    std::map<std::uint64_t, Mapped> mapped_;  // by start
};

}  // namespace chorus::sim
