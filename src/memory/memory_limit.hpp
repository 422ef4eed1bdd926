// What a memory control group leaves to this process: a container, or a service, may be given less than the machine
// has, and whoever touches a page beyond that is killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace chorus::memory {

class MemoryLimit {
  public:
    // Finds the groups of this process that have a limit now, of either version of control groups. One that gets its
    // first limit later is not seen.
    explicit MemoryLimit(const std::filesystem::path &groups = "/sys/fs/cgroup",
                         const std::filesystem::path &memberships = "/proc/self/cgroup");

    // Bytes that segments may still take: what is free and what the system would give up for it (files that it holds in
    // memory), less a sixteenth of the limit for the processes themselves. All ones where there is no limit. Reads a
    // few files for each limit.
    std::uint64_t free_bytes() const;

  private:
    struct Names;
    struct Group {
        std::filesystem::path directory;
        const Names *names;
    };

    void look_in(const std::filesystem::path &mounted, std::filesystem::path group, const Names &names);

    std::vector<Group> limited_;
};

}  // namespace chorus::memory
