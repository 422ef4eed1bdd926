// chorus regions: the regions of actors.
#include <mem/chMem.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/selection.hpp"
#include "cli/show.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

const std::vector<Column> region_columns{
    {.name = "AID", .align = Align::right},
    {.name = "NAME", .shrinks = true},
    {.name = "ADDRESS"},
    {.name = "SIZE", .align = Align::right},
    {.name = "ACCESS"},
    {.name = "SEGMENT", .align = Align::right},
    {.name = "OFFSET", .align = Align::right, .drop_order = 1},
    {.name = "INHERIT", .drop_order = 2},
    {.name = "READ-ONLY", .drop_order = 3},
};

const char *inherit_name(std::uint32_t options) {
    if ((options & K_INHERITSHARE) != 0) return "share";
    return (options & K_INHERITCOPY) != 0 ? "copy" : "none";
}

// What keeps an actor from writing a region that it may only read.
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

std::vector<Cell> cells_of(const wire::RegionRow &row, const Names &names) {
    const wire::Region &region = row.region;
    return {Cell::number_or_dash(row.actor),
            Cell(names.of(row.actor)),
            Cell(text::format("{:#x}-{:#x}", region.start, region.start + region.size_bytes),
                 static_cast<double>(region.start)),
            Cell::size(region.size_bytes),
            Cell(access_name(region.options)),
            Cell(row.segment),
            Cell(text::format("{:#x}", row.offset), static_cast<double>(row.offset)),
            Cell(inherit_name(region.options)),
            Cell(grant_name(row.grant))};
}

Json json_of(const wire::RegionRow &row, const Names &names) {
    const std::uint32_t options = row.region.options;
    return Json::Object{{"aid", row.actor},
                        {"executable", (options & K_EXECUTABLE) != 0},
                        {"inherit", inherit_name(options)},
                        {"inode", row.inode},
                        {"name", names.json_of(row.actor)},
                        {"offset", row.offset},
                        {"opaque1", row.region.opaque1},
                        {"opaque2", row.region.opaque2},
                        {"read_only", grant_name(row.grant)},
                        {"reserved", (options & K_RESERVED) != 0},
                        {"segment", row.segment},
                        {"segment_size_bytes", row.segment_size_bytes},
                        {"size_bytes", row.region.size_bytes},
                        {"start", row.region.start},
                        {"writable", (options & K_WRITABLE) != 0}};
}

// The kernel lists the regions of one actor or of all.
std::vector<wire::RegionRow> regions_of(client::Console &console, const std::vector<wire::ActorRow> &all,
                                        const std::vector<std::string> &words) {
    if (words.empty()) return console.regions(0);
    std::vector<wire::RegionRow> regions;
    for (const wire::ActorRow &actor : select_actors(all, words)) {
        const auto more = console.regions(actor.actor);
        regions.insert(regions.end(), more.begin(), more.end());
    }
    return regions;
}

}  // namespace

void show_regions(const Options &options, const std::vector<std::uint64_t> &segments) {
    Table table(region_columns, options.view);
    client::Console console(options.named_site(), client::Missing::report);
    show(options, [&](const Screen &screen) {
        const auto actors = console.actors();
        const Names names(actors);
        auto regions = regions_of(console, actors, options.actors);
        if (!segments.empty())
            std::erase_if(regions, [&](const wire::RegionRow &row) {
                return std::find(segments.begin(), segments.end(), row.segment) == segments.end();
            });
        table.clear();
        for (const wire::RegionRow &row : regions)
            table.add(cells_of(row, names));
        if (!options.json) return table.text(table.chosen(), screen);
        Json::List list;
        for (const std::size_t row : table.chosen())
            list.push_back(json_of(regions[row], names));
        return page_of(list, options);
    });
}

}  // namespace chorus::cli
