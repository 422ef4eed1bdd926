#include <algorithm>

#include "worlds/world.hpp"

namespace chorus::sim {

namespace {

const Waiting *find(const std::vector<Waiting> &waiting, int actor) {
    const auto it =
        std::find_if(waiting.begin(), waiting.end(), [actor](const Waiting &one) { return one.actor == actor; });
    return it == waiting.end() ? nullptr : &*it;
}

// From an actor on, as long as the next one waits, too: back to it, or nothing.
std::vector<int> cycle_from(const std::vector<Waiting> &waiting, int start) {
    std::vector<int> path;
    for (const Waiting *at = find(waiting, start); at != nullptr && at->for_whom; at = find(waiting, *at->for_whom)) {
        path.push_back(at->actor);
        if (*at->for_whom == start) return path;
        if (path.size() > waiting.size()) break;
    }
    return {};
}

}  // namespace

std::string semaphore_name(std::uint64_t segment, std::uint64_t offset) {
    return "segment " + std::to_string(segment) + "+" + std::to_string(offset);
}

std::string waits_text(const Script &script, const std::vector<Waiting> &waiting) {
    if (waiting.empty()) return "nobody";
    std::string text;
    for (const Waiting &one : waiting) {
        text += (text.empty() ? "" : "; ") + script.name_of(one.actor) + " waits for " + one.what;
        if (one.for_whom) text += " (" + script.name_of(*one.for_whom) + ")";
    }
    for (const Waiting &one : waiting) {
        const std::vector<int> cycle = cycle_from(waiting, one.actor);
        // Told once: by the first of its actors.
        if (cycle.empty() || *std::min_element(cycle.begin(), cycle.end()) != one.actor) continue;
        text += "; cycle:";
        for (const int actor : cycle)
            text += " " + script.name_of(actor) + " ->";
        text += " " + script.name_of(one.actor);
    }
    return text;
}

}  // namespace chorus::sim
