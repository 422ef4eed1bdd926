// Text from elsewhere, made safe for a terminal: an actor chooses its own name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chorus::cli {

// The text without anything that a terminal obeys: control characters, characters that change the direction of text,
// and bytes that are not UTF-8 become "\n", "\t", "\r" or "\xNN" for each byte. A backslash is doubled.
std::string printable(std::string_view text);

// Columns that a printable text takes on a terminal.
std::size_t width_of(std::string_view printable_text);

// The text, or as much of it as fits into `width` columns with a "~" at the end.
std::string cut_to(std::string_view printable_text, std::size_t width);

}  // namespace chorus::cli
