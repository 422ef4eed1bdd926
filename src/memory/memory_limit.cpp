#include "memory/memory_limit.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

namespace chorus::memory {

namespace fs = std::filesystem;

// The files of a group.
struct MemoryLimit::Names {
    const char *limit;
    const char *usage;
    // Rows of memory.stat.
    const char *inactive_file;
    const char *active_file;
};

namespace {

constexpr std::uint64_t unlimited = ~std::uint64_t{0};
constexpr std::uint64_t limit_max = std::uint64_t{1} << 62;  // what is above means none

// "max" is no number.
std::optional<std::uint64_t> number_in(const fs::path &file) {
    std::ifstream text(file);
    std::uint64_t number = 0;
    if (!(text >> number)) return std::nullopt;
    return number;
}

}  // namespace

MemoryLimit::MemoryLimit(const fs::path &groups, const fs::path &memberships) {
    static constexpr Names first{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
                                 "total_active_file"};
    static constexpr Names second{"memory.max", "memory.current", "inactive_file", "active_file"};
    std::ifstream file(memberships);
    // NUMBER:CONTROLLER,CONTROLLER:/PATH; of the second version 0::/PATH.
    for (std::string line; std::getline(file, line);) {
        const auto controllers = line.find(':');
        const auto path = controllers == std::string::npos ? controllers : line.find(':', controllers + 1);
        if (path == std::string::npos) continue;
        const std::string names = ',' + line.substr(controllers + 1, path - controllers - 1) + ',';
        const fs::path group = fs::path(line.substr(path + 1)).relative_path();
        if (names == ",,") look_in(groups, group, second);
        if (names.find(",memory,") != std::string::npos) look_in(groups / "memory", group, first);
    }
}

// A limit of a group holds for all below it. In a container the path may be one that is not seen there: then the group
// is what is mounted.
void MemoryLimit::look_in(const fs::path &mounted, fs::path group, const Names &names) {
    for (;; group = group.parent_path()) {
        const fs::path directory = mounted / group;
        if (number_in(directory / names.limit).value_or(unlimited) < limit_max) limited_.push_back({directory, &names});
        if (group.empty()) return;
    }
}

std::uint64_t MemoryLimit::free_bytes() const {
    std::uint64_t least = unlimited;
    for (const auto &[directory, names] : limited_) {
        const std::uint64_t limit = number_in(directory / names->limit).value_or(unlimited);
        std::uint64_t usage = number_in(directory / names->usage).value_or(0) + limit / 16;
        std::ifstream rows(directory / "memory.stat");
        std::string name;
        for (std::uint64_t bytes = 0; rows >> name >> bytes;)
            if (name == names->inactive_file || name == names->active_file)
                usage -= std::min(usage - limit / 16, bytes);
        least = std::min(least, limit - std::min(limit, usage));
    }
    return least;
}

}  // namespace chorus::memory
