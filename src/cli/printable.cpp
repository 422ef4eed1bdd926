#include "cli/printable.hpp"

#include <algorithm>

#include "text/format.hpp"

namespace chorus::cli {

namespace {

struct Character {
    char32_t code = 0;
    std::size_t bytes = 0;  // 0: the text does not begin with valid UTF-8
};

Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || bytes > text.size()) return {};
    char32_t code = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return {};
        code = code << 6 | (next & 0x3fU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < smallest[bytes] || code > 0x10ffff || surrogate ? Character{} : Character{code, bytes};
}

struct Span {
    char32_t first, last;
};

template <std::size_t count>
bool is_in(const Span (&spans)[count], char32_t code) {
    for (const Span &span : spans)
        if (code >= span.first && code <= span.last) return true;
    return false;
}

// Controls, line and paragraph separators, and marks that change the direction of text.
constexpr Span obeyed[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200e, 0x200f},
                           {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}};
// The usual ranges of East Asian and emoji characters that take two columns.
constexpr Span wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
                         {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                         {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
// Marks over or under the character before them, and joiners.
constexpr Span zero_width[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                               {0x64b, 0x65f},   {0x200b, 0x200d}, {0x20d0, 0x20ff},
                               {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};

std::size_t width_of(char32_t code) {
    return is_in(zero_width, code) ? 0 : is_in(wide, code) ? 2 : 1;
}

std::string escaped(std::string_view bytes) {
    if (bytes == "\n") return "\\n";
    if (bytes == "\t") return "\\t";
    if (bytes == "\r") return "\\r";
    std::string result;
    for (const char byte : bytes)
        result += text::format("\\x{:02x}", static_cast<unsigned char>(byte));
    return result;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Character first = first_of(text);
        const std::string_view bytes = text.substr(0, first.bytes == 0 ? 1 : first.bytes);
        if (first.bytes == 0 || is_in(obeyed, first.code))
            result += escaped(bytes);
        else
            result += bytes == "\\" ? "\\\\" : bytes;
        text.remove_prefix(bytes.size());
    }
    return result;
}

std::size_t width_of(std::string_view printable_text) {
    std::size_t width = 0;
    while (!printable_text.empty()) {
        const Character first = first_of(printable_text);
        width += width_of(first.code);
        printable_text.remove_prefix(std::max<std::size_t>(first.bytes, 1));
    }
    return width;
}

std::string cut_to(std::string_view printable_text, std::size_t width) {
    if (width_of(printable_text) <= width) return std::string(printable_text);
    std::size_t used = 0, bytes = 0;
    while (width > 0 && bytes < printable_text.size()) {
        const Character first = first_of(printable_text.substr(bytes));
        if (used + width_of(first.code) > width - 1) break;
        used += width_of(first.code);
        bytes += std::max<std::size_t>(first.bytes, 1);
    }
    return std::string(printable_text.substr(0, bytes)) + (width > 0 ? "~" : "");
}

}  // namespace chorus::cli
