// chorus regions: the regions of one actor or of all.
#include <mem/chMem.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

const char *inherit_name(std::uint32_t options) {
    if ((options & K_INHERITSHARE) != 0) return "share";
    return (options & K_INHERITCOPY) != 0 ? "copy" : "none";
}

// What keeps an actor from writing what it may only read.
const char *grant_name(std::uint32_t grant) {
    switch (static_cast<wire::Grant>(grant)) {
        case wire::Grant::advisory:
            return "advisory";
        case wire::Grant::enforced:
            return "enforced";
        case wire::Grant::writable:
            break;
    }
    return "-";
}

std::string access_name(std::uint32_t options) {
    if ((options & K_RESERVED) != 0) return "none";
    std::string access = (options & K_WRITABLE) != 0 ? "rw" : "r";
    if ((options & K_EXECUTABLE) != 0) access += "x";
    return access;
}

std::string aid_name(std::uint32_t actor) {
    return actor == 0 ? "-" : std::to_string(actor);
}

void print_table(const std::vector<wire::RegionRow> &regions) {
    text::print("{:>5}  {:<27} {:>12}  {:<6} {:>7} {:>10}  {:<7}  {}\n", "AID", "ADDRESS", "BYTES", "ACCESS", "SEGMENT",
                "OFFSET", "INHERIT", "READ-ONLY");
    for (const wire::RegionRow &row : regions) {
        const wire::Region &region = row.region;
        const std::string address = text::format("{:#x}-{:#x}", region.start, region.start + region.size_bytes);
        text::print("{:>5}  {:<27} {:>12}  {:<6} {:>7} {:>#10x}  {:<7}  {}\n", aid_name(row.actor), address,
                    region.size_bytes, access_name(region.options), row.segment, row.offset,
                    inherit_name(region.options), grant_name(row.grant));
    }
}

void print_json(const std::vector<wire::RegionRow> &regions) {
    auto list = nlohmann::json::array();
    for (const wire::RegionRow &row : regions)
        list.push_back({{"aid", row.actor},
                        {"start", row.region.start},
                        {"size_bytes", row.region.size_bytes},
                        {"writable", (row.region.options & K_WRITABLE) != 0},
                        {"executable", (row.region.options & K_EXECUTABLE) != 0},
                        {"reserved", (row.region.options & K_RESERVED) != 0},
                        {"inherit", inherit_name(row.region.options)},
                        {"read_only", grant_name(row.grant)},
                        {"opaque1", row.region.opaque1},
                        {"opaque2", row.region.opaque2},
                        {"segment", row.segment},
                        {"offset", row.offset},
                        {"inode", row.inode},
                        {"segment_size_bytes", row.segment_size_bytes}});
    text::print("{}\n", list.dump(2));
}

}  // namespace

void print_regions(const Options &options, std::uint32_t actor) {
    client::Console console(options.named_site(), client::Missing::report);
    const auto regions = console.regions(actor);
    options.json ? print_json(regions) : print_table(regions);
}

}  // namespace chorus::cli
