#include "client/nearest.hpp"

#include <algorithm>
#include <cctype>

namespace chorus::client {

namespace {

bool same_letter(char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// The optimal string alignment distance: Levenshtein's, with a swap of two neighbours as one edit.
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                edits[i][j] = i + j;
                continue;
            }
            const bool same = same_letter(a[i - 1], b[j - 1]);
            edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
    return edits[a.size()][b.size()];
}

}  // namespace

std::string nearest_name(std::string_view wrong, const std::vector<std::string> &names) {
    constexpr std::size_t longest = 64;  // nobody misspells a name into more
    if (wrong.size() > longest) return {};
    std::size_t fewest = std::max<std::size_t>(1, wrong.size() / 3) + 1;
    std::string nearest;
    for (const std::string &name : names) {
        if (name.size() > longest) continue;
        const std::size_t edits = edits_between(wrong, name);
        if (edits >= fewest || edits >= name.size()) continue;
        fewest = edits;
        nearest = name;
    }
    return nearest;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string> &names) {
    const std::string nearest = nearest_name(wrong, names);
    return nearest.empty() ? nearest : "; did you mean '" + nearest + "'?";
}

}  // namespace chorus::client
