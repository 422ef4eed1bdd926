#include "script/render.hpp"

#include <algorithm>
#include <cstring>

#include "script/cbor.hpp"
#include "script/text.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

std::string hex(std::uint64_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(number));
    return text;
}

std::string size_of(std::uint64_t size_bytes) {
    if (size_bytes % page_bytes != 0 || size_bytes == 0) return std::to_string(size_bytes);
    const std::uint64_t pages = size_bytes / page_bytes;
    return std::to_string(pages) + (pages == 1 ? " page" : " pages");
}

// An address as a name and a distance, where some name is near below it: one of the actor's own, if there is one.
std::string address_of(const Names &names, int actor, std::uint64_t address) {
    constexpr std::uint64_t near = 64 * page_bytes;
    const auto best_of = [&](bool own, std::uint64_t near) {
        std::size_t best = names.values.size();
        for (std::size_t slot = 0; slot < names.values.size(); ++slot) {
            const std::uint64_t value = names.values[slot];
            if (names.owners[slot] < 0 || value == 0 || value > address || address - value > near) continue;
            if (own && names.owners[slot] != actor) continue;
            if (best == names.values.size() || value > names.values[best]) best = slot;
        }
        return best;
    };
    std::size_t best = best_of(true, 0);
    for (const auto &[own, reach] : {std::pair{false, std::uint64_t{0}}, {true, near}, {false, near}})
        if (best == names.values.size()) best = best_of(own, reach);
    if (best == names.values.size()) return hex(address);
    if (names.values[best] == address) return names.script.slots[best];
    return names.script.slots[best] + "+" + size_of(address - names.values[best]);
}

// Whose addresses they are.
int whose(const Operation &operation) {
    if (operation.verb == Verb::maps) return operation.actor;
    return operation.target.kind == Who::Kind::actor ? operation.target.actor : operation.actor;
}

std::string row_text(const Names &names, const Operation &operation, const Row &row) {
    std::string text = address_of(names, whose(operation), row.start) + " " + size_of(row.size_bytes) + " ";
    if (operation.verb == Verb::maps) {
        text += std::string("r") + ((row.options & 1) != 0 ? "w" : "-") + ((row.options & 2) != 0 ? "x" : "-");
        return text;
    }
    text += option_words(row.options);
    if (row.actor != 0) text += " of actor " + std::to_string(row.actor);
    if (row.segment == 0) return text;
    text += " (segment " + std::to_string(row.segment);
    if (row.offset != 0) text += "+" + size_of(row.offset);
    return text + ")";
}

std::string bytes_text(const Operation &operation, const Returned &result) {
    switch (operation.type) {
        case Type::bytes: {
            std::string text;
            for (const char byte : result.text)
                text += (text.empty() ? "" : " ") + std::to_string(static_cast<unsigned char>(byte));
            return text;
        }
        case Type::value: {
            const auto value = json_of_cbor(result.text);
            if (const auto *why = std::get_if<NoValue>(&value))
                return *why == NoValue::too_deep ? "a value of too many levels" : "no value";
            return std::get<std::string>(value);
        }
        default:
            return quote(result.text);
    }
}

std::string render_one(const Names &names, const Operation &operation, const Returned &result) {
    switch (result.kind) {
        case Result::Kind::nothing:
            return "";
        case Result::Kind::status:
            return status_name(result.number);
        case Result::Kind::error:
            return error_name(result.number);
        case Result::Kind::number:
            return std::to_string(result.number);
        case Result::Kind::text:
            return operation.verb == Verb::read || operation.verb == Verb::actorName ? bytes_text(operation, result)
                                                                                     : result.text;
        case Result::Kind::rows: {
            std::string text;
            for (const Row &row : result.rows)
                text += (text.empty() ? "" : ", ") + row_text(names, operation, row);
            if (operation.verb == Verb::rgnStat)
                return std::to_string(result.number) + (text.empty() ? "" : ": " + text);
            return text.empty() ? "none" : text;
        }
        case Result::Kind::blocked:
            return "blocked";
        case Result::Kind::fault:
            return "fault";
        case Result::Kind::ended:
            return "gone";
        case Result::Kind::cannot:
            return "cannot: " + result.text;
        case Result::Kind::broken:
            return "broken: " + result.text;
    }
    return "";
}

}  // namespace

namespace {

// With one blank for several, outside of quotes.
std::string squeezed(const std::string &text) {
    std::string made;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        const bool blank = !quoted && (text[i] == ' ' || text[i] == '\t');
        if (blank && (made.empty() || made.back() == ' ')) continue;
        made += blank ? ' ' : text[i];
        if (quoted && text[i] == '\\' && i + 1 < text.size()) made += text[++i];
    }
    while (!made.empty() && made.back() == ' ')
        made.pop_back();
    return made;
}

}  // namespace

std::vector<Alternative> alternatives(const std::string &outcome) {
    constexpr const char *border = " or ";
    std::vector<Alternative> found;
    for (std::size_t at = 0;;) {
        const std::string rest = outcome.substr(at);
        const std::size_t end = find_outside_quotes(rest, border);
        const std::size_t begin = std::min(rest.find_first_not_of(" \t"), rest.size());
        found.push_back({squeezed(rest.substr(0, end)), at + begin});
        if (end == std::string::npos) return found;
        at += end + std::strlen(border);
    }
}

std::string render(const Names &names, const Operation &operation, const Result &result) {
    std::string text = render_one(names, operation, result);
    std::string woken;
    for (const Woken &one : result.woken) {
        woken += (woken.empty() ? "wakes " : ", ") + names.script.name_of(one.actor);
        const bool ok = one.result.kind == Result::Kind::status && one.result.number == 0;
        if (!ok) woken += ": " + render_one(names, {}, one.result);
    }
    if (woken.empty()) return text;
    return text.empty() ? woken : text + ", " + woken;
}

namespace {

std::string comment_of(const Line &parts) {
    return parts.comment().empty() ? "" : "   " + parts.comment();
}

}  // namespace

std::string without_outcome(const std::string &line) {
    const Line parts(line, 0);
    return parts.step() + comment_of(parts);
}

std::string with_outcome(const std::string &line, const std::string &outcome) {
    constexpr std::size_t usual_column = 64;
    const Line parts(line, 0);
    if (outcome == "nothing" && !parts.has_outcome()) return without_outcome(line);
    std::string step = parts.step();
    const std::size_t column =
        parts.has_outcome() ? static_cast<std::size_t>(parts.outcome_column()) - 1 : usual_column;
    if (step.size() + 1 < column)
        step.resize(column, ' ');
    else
        step += ' ';
    return step + "-> " + outcome + comment_of(parts);
}

}  // namespace chorus::sim
