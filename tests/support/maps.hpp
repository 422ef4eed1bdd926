// What a process has mapped, as the system sees it and as the kernel's table says: the two must agree.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/site.hpp"

namespace chorus::test {

// Shared memory at consecutive addresses, as one.
struct Mapped {
    std::uint64_t start = 0, end = 0;
    std::string access;  // "rw-", "r--", ...
    std::uint64_t inode = 0, offset = 0;
    bool operator==(const Mapped &) const = default;
};
std::ostream &operator<<(std::ostream &out, const Mapped &mapped);

// Of a process, in the windows of regions.
std::vector<Mapped> mapped_by(pid_t pid);
// Of an actor, as `chorus regions` tells; of a supervisor actor (`supervisor`) the whole supervisor space.
enum class Space { user, supervisor };
std::vector<Mapped> listed_for(const TestSite &site, const std::string &aid, Space space = Space::user);

}  // namespace chorus::test
