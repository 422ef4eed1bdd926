// Mappings of internal files (journal, control page) and of segments that the kernel reads. Regions are mapped by
// window.hpp.
#pragma once

#include <cstdint>
#include <memory>

#include "memory/segment.hpp"

namespace boost::interprocess {
class mapped_region;
}

namespace chorus::memory {

// Shared memory of a file, through boost::interprocess::mapped_region. The destructor unmaps it; the file may be closed
// before. Not thread safe.
class Mapping {
  public:
    Mapping();
    ~Mapping();
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;

    // Maps `size_bytes` (more than 0) at any offset of the file and replaces the previous mapping. Read-only mappings
    // are populated at once. A K_* status: K_ENOMEM if memory or address space is exhausted, K_EFAIL if the
    // file cannot be mapped in this way; nothing is mapped then. Access beyond the end of the file raises SIGBUS.
    int map(int file, Access access, std::uint64_t offset, std::uint64_t size_bytes);

    // The byte at `offset`; null if nothing is mapped.
    char *start() const;

  private:
    std::unique_ptr<boost::interprocess::mapped_region> region_;
};

}  // namespace chorus::memory
