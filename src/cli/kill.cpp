// chorus kill: ends an actor.
#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"

namespace chorus::cli {

void add_kill(CLI::App &app) {
    CLI::App *command = app.add_subcommand("kill", "stop and delete an actor")->alias("akill");
    const auto options = add_options(*command);
    const auto actor = std::make_shared<std::uint32_t>(0);
    command->add_option("AID", *actor, "the actor")->required()->check(CLI::Range(1U, 0x7fffffffU));
    command->callback([options, actor] {
        Console console(options->named_site(), client::Missing::report);
        console.kill(*actor);
        if (options->json) fmt::print("{}\n", nlohmann::json{{"killed", *actor}}.dump());
    });
}

}  // namespace chorus::cli
