#include "daemon/command_line.hpp"

#include <grp.h>
#include <pwd.h>

#include <CLI/CLI.hpp>
#include <string>

namespace chorus::daemon {

namespace {

bool is_number(const std::string &text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// These turn a name into a number, and return what is wrong with it.
std::string user_number(std::string &text) {
    if (is_number(text)) return {};
    const passwd *user = getpwnam(text.c_str());
    if (user == nullptr) return "there is no user '" + text + "'";
    text = std::to_string(user->pw_uid);
    return {};
}

std::string group_number(std::string &text) {
    if (is_number(text)) return {};
    const group *found = getgrnam(text.c_str());
    if (found == nullptr) return "there is no group '" + text + "'";
    text = std::to_string(found->gr_gid);
    return {};
}

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app{"chorusd: the kernel of one chorus site. It keeps actors, their capabilities and their regions."};
    app.add_option("--site", command_line.site, "name of the site")->capture_default_str();
    app.add_option("--allow-user", command_line.users, "a user that is let in, by name or number; may be repeated")
        ->transform(CLI::Validator(user_number, "USER"));
    app.add_option("--allow-group", command_line.groups, "a group whose users are let in; may be repeated")
        ->transform(CLI::Validator(group_number, "GROUP"));
    app.add_flag("--strict", command_line.strict,
                 "refuse to let an actor read what nothing but its good will keeps it from writing");
    app.add_flag("--reload", command_line.reload,
                 "replace the kernel that serves the site by this program; its actors go on");
    app.add_option("--private", command_line.private_connection, "")->group("");  // for the library
    app.add_option("--follow", command_line.control_file, "")->group("");         // for the program before this one
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error, output, errors);
    }
    return std::nullopt;
}

}  // namespace chorus::daemon
