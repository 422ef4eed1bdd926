// chorus: starts actors and looks into the kernel.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/console.hpp"

int main(int argc, char **argv) {
    CLI::App app{"chorus: ChorusOS actors on Linux. Start them and look into their kernel."};
    app.require_subcommand(1);
    int status = 0;
    chorus::cli::add_run(app, status);
    chorus::cli::add_ps(app);
    chorus::cli::add_regions(app);
    chorus::cli::add_kill(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    } catch (const chorus::cli::Problem &problem) {
        std::fprintf(stderr, "chorus: %s\n", problem.text.c_str());
        return 1;
    }
    return status;
}
