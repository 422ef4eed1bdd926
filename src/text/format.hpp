// Formatted text. Only format.cpp includes the library behind it, which takes seconds to compile in each file.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace chorus::text {

// One argument of a pattern. Refers to a string and does not copy it.
using Value = std::variant<std::int64_t, std::uint64_t, double, std::string_view>;

template <typename T>
Value value_of(const T &argument) {
    if constexpr (std::convertible_to<const T &, std::string_view>)
        return std::string_view(argument);
    else if constexpr (std::floating_point<T>)
        return static_cast<double>(argument);
    else if constexpr (std::signed_integral<T>)
        return static_cast<std::int64_t>(argument);
    else
        return static_cast<std::uint64_t>(argument);
}

// A pattern with one "{}" or "{:SPECIFICATION}" for each argument, as in std::format. A wrong number of them does not
// compile.
template <typename... Arguments>
class Pattern {
  public:
    consteval Pattern(const char *text) : text_(text) {
        std::size_t fields = 0;
        for (const char c : text_)
            fields += c == '{';
        if (fields != sizeof...(Arguments))
            throw "the number of fields in the pattern differs from the number of arguments";
    }
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

std::string format_values(std::string_view pattern, const Value *values, std::size_t count);

template <typename... Arguments>
std::string format(Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    const Value values[] = {value_of(arguments)..., {}};
    return format_values(pattern.text(), values, sizeof...(Arguments));
}

// Formats as above and writes to the standard output.
void write(const std::string &text);

template <typename... Arguments>
void print(Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    write(format<Arguments...>(pattern, arguments...));
}

}  // namespace chorus::text
