// chorus kill: ends actors.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/selection.hpp"
#include "cli/show.hpp"
#include "client/console.hpp"

namespace chorus::cli {

int kill_actors(const Options &options) {
    client::Console console(options.named_site(), client::Missing::report);
    int status = 0;
    for (const wire::ActorRow &actor : select_actors(console.actors(), options.actors)) {
        try {
            console.kill(actor.actor);
        } catch (const client::Problem &problem) {
            std::fprintf(stderr, "chorus: %s\n", problem.text.c_str());
            status = 1;
            continue;
        }
        if (options.json) write_output(text_of(Json::Object{{"killed", actor.actor}}, JsonLayout::one_line));
    }
    return status;
}

}  // namespace chorus::cli
