// side_by_side FIRST SECOND: draws the memory of two actors next to each other, page by page, with the segments that
// they map between them: what their kernel says (`chorus ps`, `chorus regions`), then the evidence of Linux. FIRST and
// SECOND are names of programs. Exits with 0 only if they share memory and Linux confirms all that is shared.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "text/format.hpp"

namespace {

using nlohmann::json;

struct Actor {
    int aid;
    int pid;
    std::string name;
};

struct Region {
    std::uint64_t start;
    std::uint64_t size_bytes;
    bool writable;
    std::uint64_t segment;
    std::uint64_t segment_size_bytes;
    std::uint64_t offset;
    std::uint64_t inode;
};

// One page of one region, as it stands in a column; no region: nothing stands there.
struct Cell {
    const Region *region = nullptr;
    std::uint64_t address = 0;
};

using PageOfSegment = std::pair<std::uint64_t, std::uint64_t>;  // segment, offset
using Row = std::array<Cell, 2>;

const std::uint64_t page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

json answer_of(const std::string &command) {
    std::FILE *pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    std::string text;
    char part[4096];
    while (const std::size_t size = std::fread(part, 1, sizeof part, pipe))
        text.append(part, size);
    if (pclose(pipe) != 0) throw std::runtime_error(command + " failed");
    return json::parse(text);
}

Actor find_actor(const std::string &program) {
    std::vector<Actor> found;
    for (const json &actor : answer_of("chorus ps --json")) {
        const std::string name = actor.at("name");
        if (name.substr(name.rfind('/') + 1) == program) found.push_back({actor.at("aid"), actor.at("pid"), program});
    }
    if (found.size() != 1)
        throw std::runtime_error(chorus::text::format("{} actors are named {}", found.size(), program));
    return found.front();
}

std::vector<Region> regions_of(const Actor &actor) {
    std::vector<Region> regions;
    for (const json &region : answer_of(chorus::text::format("chorus regions {} --json", actor.aid)))
        regions.push_back({region.at("start"), region.at("size_bytes"), region.at("writable"), region.at("segment"),
                           region.at("segment_size_bytes"), region.at("offset"), region.at("inode")});
    return regions;
}

// A page that an actor maps twice is drawn once.
void add_pages(std::map<PageOfSegment, Row> &rows, const std::vector<Region> &regions, std::size_t side) {
    for (const Region &region : regions)
        for (std::uint64_t done = 0; done < region.size_bytes; done += page_bytes)
            rows[{region.segment, region.offset + done}][side] = {&region, region.start + done};
}

constexpr const char *column_border = "+-----------------+";
constexpr const char *column_inside = "|                 |";
constexpr const char *column_blank = "                   ";

// What a column shows between two cells.
const char *between(const Cell &above, const Cell &below) {
    if (above.region != below.region) return column_border;
    return above.region != nullptr ? column_inside : column_blank;
}

std::string text_of(const Cell &cell) {
    if (cell.region == nullptr) return column_blank;
    return chorus::text::format("| {:#x}  {:<3} |", cell.address, cell.region->writable ? "rw" : "r");
}

bool shared(const Row &row) {
    return row[0].region != nullptr && row[1].region != nullptr;
}

std::string link_text(const PageOfSegment &page, const Row &row) {
    const Region &region = *(row[0].region != nullptr ? row[0] : row[1]).region;
    const std::string text = chorus::text::format(" segment {}, page {} of {} ", page.first,
                                                  page.second / page_bytes + 1, region.segment_size_bytes / page_bytes);
    if (shared(row)) return chorus::text::format("<{:=^34}>", text);
    return row[0].region != nullptr ? chorus::text::format("<--{:<33}", text) : chorus::text::format("{:>33}-->", text);
}

void print_line(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    chorus::text::print("{}\n", line);
}

void draw(const std::map<PageOfSegment, Row> &rows, const std::array<Actor, 2> &actors) {
    const bool coloured = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
    const auto title = [](const Actor &actor) { return chorus::text::format("{} (actor {})", actor.name, actor.aid); };
    print_line(chorus::text::format("  {:<19} {:36} {}", title(actors[0]), "", title(actors[1])));
    Row above{};
    const auto draw_border = [&above](const Row &below) {
        if (above[0].region == below[0].region && above[1].region == below[1].region) return;
        print_line(chorus::text::format("  {} {:36} {}", between(above[0], below[0]), "", between(above[1], below[1])));
    };
    for (const auto &[page, row] : rows) {
        draw_border(row);
        const std::string line =
            chorus::text::format("  {} {} {}", text_of(row[0]), link_text(page, row), text_of(row[1]));
        print_line(coloured && shared(row) ? "\033[1;32m" + line + "\033[0m" : line);
        above = row;
    }
    draw_border({});
}

// Prints the line of /proc/PID/maps which says that the region is shared memory with the inode of its segment.
void print_evidence(const Actor &actor, const Region &region) {
    std::ifstream maps("/proc/" + std::to_string(actor.pid) + "/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t start = 0, end = 0, offset = 0, inode = 0;
        char access[5] = "";
        std::sscanf(line.c_str(), "%lx-%lx %4s %lx %*s %lu", &start, &end, access, &offset, &inode);
        if (region.start < start || region.start + region.size_bytes > end) continue;
        if (access[3] != 's' || inode != region.inode || offset + region.start - start != region.offset) break;
        chorus::text::print("  {:<6} {:08x}-{:08x} {} offset {:#x} inode {}\n", actor.name, start, end, access, offset,
                            inode);
        return;
    }
    throw std::runtime_error(chorus::text::format("Linux does not say the same of {}", actor.name));
}

void show(const std::array<Actor, 2> &actors) {
    const std::array<std::vector<Region>, 2> regions = {regions_of(actors[0]), regions_of(actors[1])};
    std::map<PageOfSegment, Row> rows;
    for (std::size_t side = 0; side < 2; ++side)
        add_pages(rows, regions[side], side);
    chorus::text::print("\nWhat the kernel of both knows (chorus ps, chorus regions):\n\n");
    draw(rows, actors);

    chorus::text::print("\nWhat Linux knows of the shared page (/proc/PID/maps; the inode is the segment):\n\n");
    std::array<std::vector<const Region *>, 2> sharing;
    for (const auto &[page, row] : rows) {
        if (!shared(row)) continue;
        for (std::size_t side = 0; side < 2; ++side)
            if (sharing[side].empty() || sharing[side].back() != row[side].region)
                sharing[side].push_back(row[side].region);
    }
    if (sharing[0].empty()) throw std::runtime_error("they share nothing");
    for (std::size_t side = 0; side < 2; ++side)
        for (const Region *region : sharing[side])
            print_evidence(actors[side], *region);
    chorus::text::print("\n");
}

}  // namespace

int main(int argc, char **argv) try {
    if (argc != 3) throw std::invalid_argument("usage: side_by_side FIRST SECOND");
    show({find_actor(argv[1]), find_actor(argv[2])});
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "side_by_side: %s\n", error.what());
    return 1;
}
