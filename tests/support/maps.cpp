#include "support/maps.hpp"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace chorus::test {

namespace {

bool in_windows(std::uint64_t address) {
    return (address >= 0x4400'0000 && address < 0x7c00'0000) ||
           (address >= 0x2000'0000'0000 && address < 0x3000'0000'0000);
}

void add(std::vector<Mapped> &list, const Mapped &next) {
    Mapped *last = list.empty() ? nullptr : &list.back();
    if (last != nullptr && last->end == next.start && last->access == next.access && last->inode == next.inode &&
        last->offset + (last->end - last->start) == next.offset)
        last->end = next.end;
    else
        list.push_back(next);
}

}  // namespace

std::ostream &operator<<(std::ostream &out, const Mapped &mapped) {
    return out << std::hex << mapped.start << "-" << mapped.end << " " << mapped.access << " " << std::dec
               << mapped.inode << "+" << mapped.offset;
}

std::vector<Mapped> mapped_by(pid_t pid) {
    std::vector<Mapped> list;
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long start, end, offset, inode;
        char access[5];
        if (std::sscanf(line.c_str(), "%lx-%lx %4s %lx %*s %lu", &start, &end, access, &offset, &inode) != 5) continue;
        if (!in_windows(start) || inode == 0) continue;  // the reservation, or something else
        add(list, {start, end, std::string(access, 3), inode, offset});
    }
    return list;
}

std::vector<Mapped> listed_for(const TestSite &site, const std::string &aid, Space space) {
    std::vector<Mapped> list;
    const Finished done = site.chorus("regions --json " + (space == Space::user ? aid : std::string()));
    if (done.status != 0) return list;
    for (const auto &region : nlohmann::json::parse(done.output)) {
        const auto start = region["start"].get<std::uint64_t>();
        const bool supervisor = start >= 0x6c00'0000 && start < 0x7c00'0000;
        if (region["reserved"] == true || supervisor != (space == Space::supervisor)) continue;
        const std::string access =
            std::string("r") + (region["writable"] == true ? "w" : "-") + (region["executable"] == true ? "x" : "-");
        add(list, {start, start + region["size_bytes"].get<std::uint64_t>(), access,
                   region["inode"].get<std::uint64_t>(), region["offset"].get<std::uint64_t>()});
    }
    return list;
}

}  // namespace chorus::test
