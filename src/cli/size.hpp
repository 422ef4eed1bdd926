// Numbers of bytes, as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chorus::cli {

// What the kernel means by "no limit".
inline constexpr std::uint64_t unlimited = ~std::uint64_t{0};

// Reads "4096", "64K", "64KB", "64KiB" (all in powers of 1024, up to T), in any case. Returns nothing if the text is no
// such number, or the number is too large.
std::optional<std::uint64_t> read_size(std::string_view text);

// "12 KiB", "1.5 MiB": rounded to one decimal place.
std::string size_text(std::uint64_t bytes);

}  // namespace chorus::cli
