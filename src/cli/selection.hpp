// Actors that are named on the command line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/json.hpp"
#include "wire/message.hpp"

namespace chorus::cli {

// The actors that the words name, each once, in the order of the words; all actors if there are no words. A word is an
// AID, a name, or a unique id as `chorus ps --json` prints it (0x and 16 digits). A capability is the four words that
// readCap takes; its key is not checked, because a console acts with the rights of its user. Throws client::Problem if
// no actor or several actors have that name.
std::vector<wire::ActorRow> select_actors(const std::vector<wire::ActorRow> &actors,
                                          const std::vector<std::string> &words);

// Names of all actors.
class Names {
  public:
    explicit Names(const std::vector<wire::ActorRow> &actors);
    // "-", or null, if there is no such actor.
    std::string of(std::uint32_t actor) const;
    Json json_of(std::uint32_t actor) const;

  private:
    std::map<std::uint32_t, std::string> names_;
};

}  // namespace chorus::cli
