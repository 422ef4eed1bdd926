// Brings ranges of this process's windows in line with the kernel's table.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "memory/window.hpp"
#include "wire/descriptor.hpp"
#include "wire/message.hpp"

namespace chorus::client {

// What the kernel has at an address.
struct Mapping {
    wire::Region region{};
    std::uint64_t offset = 0;  // in its segment
    wire::Descriptor descriptor;

    std::uint64_t end() const { return region.start + region.size_bytes; }
};

// Asks the kernel for the first mapping in a span. K_OK; K_EADDR where there is none.
using Fetch = std::function<int(const memory::Span &, Mapping &)>;

class Follower {
  public:
    // `taken` is what others have of the windows: it is never touched.
    explicit Follower(const std::vector<memory::Span> &taken) : taken_(taken) {}

    // Maps what the kernel has in the span, which was a hole; `first`, if it has a descriptor, is the first of it.
    // Where that fails nothing is mapped. A K_* status.
    int map(const memory::Span &span, const Mapping &first, const Fetch &fetch) const;
    // The same over what is mapped there already, and unmaps what is no more. Cannot fail for lack of mappings after
    // `prepare`.
    int renew(const memory::Span &span, const Fetch &fetch) const;
    // Unmaps the regions in the span. What else the process has there stays. A K_* status.
    int unmap(const memory::Span &span) const;
    // Makes sure that `unmap` of that span cannot fail, which may take two more mappings: false where the system allows
    // no more. `unprepare` goes back where it does not come to that.
    bool prepare(const memory::Span &span) const;
    void unprepare(const memory::Span &span) const;

  private:
    const std::vector<memory::Span> &taken_;
};

}  // namespace chorus::client
