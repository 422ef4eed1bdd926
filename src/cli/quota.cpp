// chorus quota: what users have, and what each actor and each user may have at most.

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

std::string name_of(const wire::QuotaRow &row) {
    switch (static_cast<wire::QuotaKind>(row.kind)) {
        case wire::QuotaKind::actor_limit:
            return "each actor, at most";
        case wire::QuotaKind::user_limit:
            return "each user, at most";
        case wire::QuotaKind::user_usage:
            break;
    }
    return text::format("user {} has", row.uid);
}

std::string text_of(std::uint64_t number) {
    return number == unlimited ? "-" : std::to_string(number);
}

void print_table(const std::vector<wire::QuotaRow> &rows) {
    text::print("{:<20} {:>10} {:>15} {:>8} {:>8}\n", "WHO", "REGIONS", "BYTES", "ACTORS", "CALLS");
    for (const wire::QuotaRow &row : rows)
        text::print("{:<20} {:>10} {:>15} {:>8} {:>8}\n", name_of(row), text_of(row.regions), text_of(row.bytes),
                    text_of(row.actors), text_of(row.calls));
}

nlohmann::json number_or_null(std::uint64_t number) {
    return number == unlimited ? nlohmann::json() : nlohmann::json(number);
}

void print_json(const std::vector<wire::QuotaRow> &rows) {
    nlohmann::json all{{"users", nlohmann::json::array()}};
    for (const wire::QuotaRow &row : rows) {
        nlohmann::json what{{"regions", number_or_null(row.regions)},
                            {"bytes", number_or_null(row.bytes)},
                            {"actors", number_or_null(row.actors)},
                            {"calls", number_or_null(row.calls)}};
        switch (static_cast<wire::QuotaKind>(row.kind)) {
            case wire::QuotaKind::actor_limit:
                all["each_actor_at_most"] = what;
                break;
            case wire::QuotaKind::user_limit:
                all["each_user_at_most"] = what;
                break;
            case wire::QuotaKind::user_usage:
                what["uid"] = row.uid;
                all["users"].push_back(what);
                break;
        }
    }
    text::print("{}\n", all.dump(2));
}

}  // namespace

void quotas(const Options &options, const QuotaOptions &quota) {
    client::Console console(options.named_site(), client::Missing::report);
    const auto kind = quota.of_users ? wire::QuotaKind::user_limit : wire::QuotaKind::actor_limit;
    auto rows = console.quotas();
    if (quota.regions || quota.bytes || quota.actors || quota.calls) {
        for (wire::QuotaRow limit : rows) {
            if (limit.kind != static_cast<std::uint32_t>(kind)) continue;
            limit.regions = quota.regions.value_or(limit.regions);
            limit.bytes = quota.bytes.value_or(limit.bytes);
            limit.actors = quota.actors.value_or(limit.actors);
            limit.calls = quota.calls.value_or(limit.calls);
            console.set_quotas(limit);
        }
        rows = console.quotas();
    }
    options.json ? print_json(rows) : print_table(rows);
}

}  // namespace chorus::cli
