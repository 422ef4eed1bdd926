// chorus quota: what users have, and what each actor and each user may have at most.
#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/process.hpp"
#include "cli/show.hpp"
#include "cli/size.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

const std::vector<Column> quota_columns{
    {.name = "WHO"},
    {.name = "REGIONS", .align = Align::right},
    {.name = "BYTES", .align = Align::right},
    {.name = "ACTORS", .align = Align::right},
    {.name = "CALLS", .align = Align::right},
};

wire::QuotaKind kind_of(const wire::QuotaRow &row) {
    return static_cast<wire::QuotaKind>(row.kind);
}

std::string name_of(const wire::QuotaRow &row) {
    switch (kind_of(row)) {
        case wire::QuotaKind::actor_limit:
            return "each actor, at most";
        case wire::QuotaKind::user_limit:
            return "each user, at most";
        case wire::QuotaKind::user_usage:
            break;
    }
    const std::string name = user_name(row.uid);
    return text::format("user {}{}{} has", row.uid, name.empty() ? "" : " ", name);
}

Cell count_cell(std::uint64_t number) {
    return number == unlimited ? Cell::unlimited() : Cell(number);
}

Cell size_cell(std::uint64_t bytes) {
    return bytes == unlimited ? Cell::unlimited() : Cell::size(bytes);
}

std::vector<Cell> cells_of(const wire::QuotaRow &row) {
    return {Cell(name_of(row)), count_cell(row.regions), size_cell(row.bytes), count_cell(row.actors),
            count_cell(row.calls)};
}

Json number_or_null(std::uint64_t number) {
    return number == unlimited ? Json() : Json(number);
}

Json json_of(const std::vector<wire::QuotaRow> &rows) {
    Json::Object all;
    Json::List users;
    for (const wire::QuotaRow &row : rows) {
        Json::Object what{{"regions", number_or_null(row.regions)},
                          {"bytes", number_or_null(row.bytes)},
                          {"actors", number_or_null(row.actors)},
                          {"calls", number_or_null(row.calls)}};
        switch (kind_of(row)) {
            case wire::QuotaKind::actor_limit:
                all.push_back({"each_actor_at_most", what});
                break;
            case wire::QuotaKind::user_limit:
                all.push_back({"each_user_at_most", what});
                break;
            case wire::QuotaKind::user_usage:
                what.push_back({"uid", row.uid});
                users.push_back(what);
                break;
        }
    }
    all.push_back({"users", users});
    return all;
}

void set_limits(client::Console &console, const QuotaOptions &quota) {
    const auto kind = quota.of_users ? wire::QuotaKind::user_limit : wire::QuotaKind::actor_limit;
    for (wire::QuotaRow limit : console.quotas()) {
        if (kind_of(limit) != kind) continue;
        limit.regions = quota.regions.value_or(limit.regions);
        limit.bytes = quota.bytes.value_or(limit.bytes);
        limit.actors = quota.actors.value_or(limit.actors);
        limit.calls = quota.calls.value_or(limit.calls);
        console.set_quotas(limit);
    }
}

}  // namespace

void show_quotas(const Options &options, const QuotaOptions &quota) {
    Table table(quota_columns, options.view);
    client::Console console(options.named_site(), client::Missing::report);
    if (quota.regions || quota.bytes || quota.actors || quota.calls) set_limits(console, quota);
    show(options, [&](const Screen &screen) {
        const auto rows = console.quotas();
        table.clear();
        for (const wire::QuotaRow &row : rows)
            table.add(cells_of(row));
        if (!options.json) return table.text(table.chosen(), screen);
        std::vector<wire::QuotaRow> chosen;
        for (const std::size_t row : table.chosen())
            chosen.push_back(rows[row]);
        return page_of(json_of(chosen), options);
    });
}

}  // namespace chorus::cli
