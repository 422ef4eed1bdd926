#include "text/format.hpp"

#include <spdlog/fmt/fmt.h>
#if __has_include(<fmt/args.h>)
#include <fmt/args.h>
#endif

#include <cstdio>

namespace chorus::text {

std::string format_values(std::string_view pattern, const Value *values, std::size_t count) {
    fmt::dynamic_format_arg_store<fmt::format_context> arguments;
    for (std::size_t i = 0; i < count; ++i)
        std::visit([&](const auto &value) { arguments.push_back(value); }, values[i]);
    return fmt::vformat({pattern.data(), pattern.size()}, arguments);
}

void write(const std::string &text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace chorus::text
