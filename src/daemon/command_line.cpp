#include "daemon/command_line.hpp"

#include <CLI/CLI.hpp>

namespace chorus::daemon {

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app{"chorusd: the kernel of one chorus site. It keeps actors, their capabilities and their regions."};
    app.add_option("--site", command_line.site, "name of the site")->capture_default_str();
    app.add_option("--private", command_line.private_connection, "")->group("");  // for the library
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, output, errors);
    }
    return std::nullopt;
}

}  // namespace chorus::daemon
