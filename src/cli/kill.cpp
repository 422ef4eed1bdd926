// chorus kill: ends an actor.

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "client/console.hpp"
#include "text/format.hpp"

namespace chorus::cli {

void kill_actor(const Options &options, std::uint32_t actor) {
    client::Console console(options.named_site(), client::Missing::report);
    console.kill(actor);
    if (options.json) text::print("{}\n", nlohmann::json{{"killed", actor}}.dump());
}

}  // namespace chorus::cli
