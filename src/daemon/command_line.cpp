#include "daemon/command_line.hpp"

#include <grp.h>
#include <pwd.h>

#include <string>

#include "client/usage.hpp"
#include "client/version.hpp"

namespace chorus::daemon {

namespace {

bool is_number(const std::string &text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// Returns what is wrong with the number of a user or group. The largest 32-bit number means "none" to the system.
std::string check_number(const std::string &text) {
    constexpr unsigned long long largest = 0xffff'fffe;
    const bool fits = text.size() <= 10 && std::stoull(text) <= largest;
    return fits ? std::string() : "'" + text + "' is larger than 4294967294";
}

// These turn a name into a number, and return what is wrong with it.
std::string user_number(std::string &text) {
    if (is_number(text)) return check_number(text);
    const passwd *user = getpwnam(text.c_str());
    if (user == nullptr) return "there is no user '" + text + "'";
    text = std::to_string(user->pw_uid);
    return {};
}

std::string group_number(std::string &text) {
    if (is_number(text)) return check_number(text);
    const group *found = getgrnam(text.c_str());
    if (found == nullptr) return "there is no group '" + text + "'";
    text = std::to_string(found->gr_gid);
    return {};
}

// USER/SITE means the site of another user: it can be reloaded there, but nobody could join a new site of that name.
void check_site_name(const CommandLine &command_line) {
    const std::string &site = command_line.site;
    const bool good = !site.empty() && (command_line.reload || site.find('/') == std::string::npos);
    if (!good)
        throw CLI::ValidationError("--site", "'" + site + "' is no name of a site: it needs a character and no '/'");
}

const std::vector<usage::Example> examples{
    {"chorusd", "Serve the site 'default' of this user until SIGTERM or SIGINT."},
    {"chorusd --site lab --allow-group staff", "Serve the site 'lab' to the users of a group, too."},
    {"chorusd --site lab --reload", "After an upgrade: replace the running kernel of 'lab', without a pause."},
};

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    CLI::App app("Serves one site: keeps its actors, their capabilities and their regions.", "chorusd");
    usage::set_up(app, client::version_text("chorusd"));
    usage::set_examples(app, examples);
    app.add_option("--site", command_line.site, "name of the site (default: 'default')")->type_name("NAME");
    app.add_option("--allow-user", command_line.users, "let in a user, by name or number; may be repeated")
        ->type_name("USER")
        ->transform(CLI::Validator(user_number, ""));
    app.add_option("--allow-group", command_line.groups,
                   "let in the users of a group, by name or number; may be repeated")
        ->type_name("GROUP")
        ->transform(CLI::Validator(group_number, ""));
    app.add_flag("--strict", command_line.strict,
                 "refuse a read-only mapping if the system cannot keep its actor from writing");
    app.add_flag("--reload", command_line.reload,
                 "replace the kernel that serves the site by this program; its actors keep running");
    app.add_option("--private", command_line.private_connection, "")->group("");  // for the library
    app.add_option("--follow", command_line.control_file, "")->group("");         // for the program before this one
    app.callback([&command_line] { check_site_name(command_line); });
    return usage::parse(app, argc, argv, output, errors);
}

}  // namespace chorus::daemon
