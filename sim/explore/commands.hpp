// The commands `explore` and `replay`.
#pragma once

#include <string>

#include "explore/explore.hpp"
#include "run/runner.hpp"

namespace chorus::sim {

struct ExploreCommand {
    std::string file;
    ExploreOptions options;
    bool json = false;
    std::optional<std::chrono::seconds> spawn_limit{};
};
// Exit status: 0 where every order is as the scenario says.
int explore_file(const ExploreCommand &command);

struct ReplayCommand {
    std::string file;
    std::string order;
    WorldKind world = WorldKind::model;
    std::optional<std::chrono::seconds> spawn_limit{};
};
int replay_file(const ReplayCommand &command);

}  // namespace chorus::sim
