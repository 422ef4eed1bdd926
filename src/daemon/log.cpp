#include "daemon/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <optional>

namespace chorus::daemon::log {

namespace {

std::optional<spdlog::logger> logger;

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::critical:
            break;
    }
    return spdlog::level::critical;
}

}  // namespace

void open(Level level) {
    logger.emplace("chorusd", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_pattern("%n %Y-%m-%d %H:%M:%S.%e %l: %v");
    logger->set_level(level_of(level));
}

void write(Level level, const std::string &message) {
    if (logger) logger->log(level_of(level), message);
}

}  // namespace chorus::daemon::log
