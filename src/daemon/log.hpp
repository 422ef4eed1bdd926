// The log of the kernel and its keeper, on the standard error. Only log.cpp includes spdlog.
#pragma once

#include "text/format.hpp"

namespace chorus::daemon::log {

enum class Level { info, warning, error, critical };

// Messages below `level` are not written. Nothing is written before this call.
void open(Level level);

void write(Level level, const std::string &message);

template <typename... Arguments>
void info(text::Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    write(Level::info, text::format<Arguments...>(pattern, arguments...));
}

template <typename... Arguments>
void warn(text::Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    write(Level::warning, text::format<Arguments...>(pattern, arguments...));
}

template <typename... Arguments>
void error(text::Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    write(Level::error, text::format<Arguments...>(pattern, arguments...));
}

template <typename... Arguments>
void critical(text::Pattern<std::type_identity_t<Arguments>...> pattern, const Arguments &...arguments) {
    write(Level::critical, text::format<Arguments...>(pattern, arguments...));
}

}  // namespace chorus::daemon::log
