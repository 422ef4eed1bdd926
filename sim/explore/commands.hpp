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
};
// Exit status: 0 where every order is as the scenario says.
int explore_file(const ExploreCommand &command);

struct ReplayCommand {
    std::string file;
    std::string order;
    WorldKind world = WorldKind::model;
};
int replay_file(const ReplayCommand &command);

}  // namespace chorus::sim
