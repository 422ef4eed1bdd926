#include "run/json.hpp"

#include <nlohmann/json.hpp>

namespace chorus::sim {

namespace {

// Bytes that are not UTF-8 become replacement characters.
std::string text_of(const nlohmann::json &json) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json json_of(const std::optional<Explored::Found> &found) {
    if (!found) return nullptr;
    return {{"order", found->order}, {"what", found->what}};
}

}  // namespace

std::string json_text(const std::vector<FileReport> &reports) {
    auto all = nlohmann::json::array();
    for (const FileReport &report : reports)
        all.push_back({{"file", report.file},
                       {"world", report.world},
                       {"state", name_of(report.state)},
                       {"why", report.why},
                       {"transcript", report.transcript},
                       {"steps", report.steps},
                       {"orders", report.orders},
                       {"seconds", report.seconds}});
    return text_of(all);
}

std::string json_text(const Explored &explored, const std::set<std::string> &outcomes) {
    return text_of({{"orders", explored.orders},
                    {"redundant", explored.redundant},
                    {"deadlocks", explored.deadlocks},
                    {"failures", explored.failures},
                    {"steps", explored.steps},
                    {"deadlock", json_of(explored.deadlock)},
                    {"failure", json_of(explored.failure)},
                    {"outcomes", outcomes}});
}

}  // namespace chorus::sim
