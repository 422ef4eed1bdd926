#include "cli/selection.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>

#include "cli/printable.hpp"
#include "client/console.hpp"
#include "client/nearest.hpp"
#include "text/format.hpp"

namespace chorus::cli {

namespace {

using Rows = std::vector<wire::ActorRow>;
using client::Problem;

std::optional<std::uint64_t> number_in(std::string_view text, int base) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number, base);
    return error == std::errc() && end == text.end() ? std::optional(number) : std::nullopt;
}

// A word of a capability is a hexadecimal number of 32 bits, a unique id one of 64 bits in full.
constexpr std::size_t longest_half = sizeof "0x12345678" - 1;
constexpr std::size_t unique_id_length = sizeof "0x0123456789abcdef" - 1;

std::optional<std::uint64_t> hexadecimal(const std::string &word) {
    return word.starts_with("0x") ? number_in(std::string_view(word).substr(2), 16) : std::nullopt;
}

bool is_half(const std::string &word) {
    return word.size() <= longest_half && hexadecimal(word);
}

// A whole capability that was given as one word in quotes.
std::vector<std::string> split(const std::vector<std::string> &words) {
    std::vector<std::string> result;
    for (const std::string &word : words) {
        if (!word.starts_with("0x")) {
            result.push_back(word);
            continue;
        }
        for (std::size_t at = 0; at < word.size();) {
            const std::size_t end = std::min(word.find_first_of(" ,", at), word.size());
            if (end > at) result.push_back(word.substr(at, end - at));
            at = end + 1;
        }
    }
    return result;
}

const wire::ActorRow *find(const Rows &actors, const std::function<bool(const wire::ActorRow &)> &wanted) {
    const auto found = std::find_if(actors.begin(), actors.end(), wanted);
    return found == actors.end() ? nullptr : &*found;
}

const wire::ActorRow &with_unique_id(const Rows &actors, std::uint64_t id) {
    if (const auto *found = find(actors, [&](const wire::ActorRow &actor) { return actor.unique_id == id; }))
        return *found;
    throw Problem{text::format("no actor has the unique id {:#018x}: 'chorus ps --json' prints them", id)};
}

const wire::ActorRow &with_aid(const Rows &actors, const std::string &word) {
    const auto aid = number_in(word, 10);
    if (const auto *found = find(actors, [&](const wire::ActorRow &actor) { return actor.actor == aid; }))
        return *found;
    throw Problem{"there is no actor " + word + ": 'chorus ps' lists the actors"};
}

const wire::ActorRow &with_name(const Rows &actors, const std::string &word) {
    Rows found;
    std::vector<std::string> names;
    for (const wire::ActorRow &actor : actors) {
        if (word == actor.name) found.push_back(actor);
        names.push_back(printable(actor.name));
    }
    if (found.empty()) {
        const std::string meant = client::did_you_mean(word, names);
        throw Problem{text::format("no actor has the name '{}'{}", printable(word),
                                   meant.empty() ? ": 'chorus ps' lists the actors" : meant)};
    }
    if (found.size() == 1) return *find(actors, [&](const auto &actor) { return actor.actor == found[0].actor; });
    std::string matches;
    for (const wire::ActorRow &actor : found)
        matches += text::format("\n  {} {} (process {})", actor.actor, printable(actor.name),
                                actor.pid == 0 ? std::string("-") : std::to_string(actor.pid));
    throw Problem{
        text::format("{} actors have the name '{}'; give the AID of one of them:", found.size(), printable(word)) +
        matches};
}

}  // namespace

Rows select_actors(const Rows &actors, const std::vector<std::string> &words) {
    if (words.empty()) return actors;
    Rows selected;
    const auto add = [&](const wire::ActorRow &actor) {
        if (find(selected, [&](const auto &row) { return row.actor == actor.actor; }) == nullptr)
            selected.push_back(actor);
    };
    const std::vector<std::string> parts = split(words);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string &word = parts[i];
        if (word.size() == unique_id_length && hexadecimal(word)) {
            add(with_unique_id(actors, *hexadecimal(word)));
        } else if (is_half(word)) {
            for (std::size_t half = i; half < i + 4; ++half)
                if (half >= parts.size() || !is_half(parts[half]))
                    throw Problem{"'" + word + "' begins a capability, which is four words, each with 0x"};
            add(with_unique_id(actors, *hexadecimal(word) << 32 | *hexadecimal(parts[i + 1])));
            i += 3;
        } else if (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos) {
            add(with_aid(actors, word));
        } else {
            add(with_name(actors, word));
        }
    }
    return selected;
}

Names::Names(const Rows &actors) {
    for (const wire::ActorRow &actor : actors)
        names_.emplace(actor.actor, actor.name);
}

std::string Names::of(std::uint32_t actor) const {
    const auto found = names_.find(actor);
    return found == names_.end() ? "-" : found->second;
}

Json Names::json_of(std::uint32_t actor) const {
    const auto found = names_.find(actor);
    return found == names_.end() ? Json() : Json(found->second);
}

}  // namespace chorus::cli
