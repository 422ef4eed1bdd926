#include "cli/size.hpp"

#include <cctype>
#include <charconv>

#include "text/format.hpp"

namespace chorus::cli {

namespace {

constexpr std::string_view prefixes = "KMGT";

// The power of 1024 of "", "B", "K", "KB" or "KiB" and so on.
std::optional<unsigned> power_of(std::string_view unit) {
    std::string upper;
    for (const char c : unit)
        upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (upper.empty() || upper == "B") return 0;
    const std::size_t at = prefixes.find(upper[0]);
    const std::string rest = upper.substr(1);
    if (at == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "IB")) return std::nullopt;
    return static_cast<unsigned>(at) + 1;
}

}  // namespace

std::optional<std::uint64_t> read_size(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (error != std::errc()) return std::nullopt;
    std::string_view unit(end, static_cast<std::size_t>(text.end() - end));
    if (unit.starts_with(' ')) unit.remove_prefix(1);
    const auto power = power_of(unit);
    if (!power || number > (unlimited >> (10 * *power))) return std::nullopt;
    return number << (10 * *power);
}

std::string size_text(std::uint64_t bytes) {
    unsigned power = 0;
    while (power < prefixes.size() && bytes >> (10 * (power + 1)) != 0)
        ++power;
    if (power == 0) return text::format("{} B", bytes);
    const std::uint64_t unit = std::uint64_t{1} << (10 * power);
    const std::string_view prefix = prefixes.substr(power - 1, 1);
    if (bytes % unit == 0) return text::format("{} {}iB", bytes / unit, prefix);
    return text::format("{:.1f} {}iB", static_cast<double>(bytes) / static_cast<double>(unit), prefix);
}

}  // namespace chorus::cli
