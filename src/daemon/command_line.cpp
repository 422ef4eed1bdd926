#include "daemon/command_line.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <climits>
#include <optional>
#include <string>

#include "client/usage.hpp"
#include "client/version.hpp"

namespace chorus::daemon {

namespace {

// Turns a number into an id of a user or group; the largest 32-bit number means "none" to the system. Returns what is
// wrong with it.
std::string read_id(const std::string &digits, std::vector<std::uint32_t> &to) {
    constexpr unsigned long long largest = 0xffff'fffe;
    if (digits.size() > 10 || std::stoull(digits) > largest)
        return usage::in_quotes(digits) + " is larger than " + std::to_string(largest);
    to.push_back(static_cast<std::uint32_t>(std::stoull(digits)));
    return {};
}

bool is_number(const std::string &word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<std::uint32_t> find_user(const std::string &name) {
    const passwd *user = getpwnam(name.c_str());
    return user != nullptr ? std::optional(user->pw_uid) : std::nullopt;
}

std::optional<std::uint32_t> find_group(const std::string &name) {
    const group *found = getgrnam(name.c_str());
    return found != nullptr ? std::optional(found->gr_gid) : std::nullopt;
}

// Numbers, or names that `find` knows. `kind` is what they name.
usage::Take ids(std::vector<std::uint32_t> &to, const char *kind,
                std::optional<std::uint32_t> (*find)(const std::string &name)) {
    return [&to, kind, find](const std::string &word) {
        if (is_number(word)) return read_id(word, to);
        const auto found = find(word);
        if (!found) return std::string("there is no ") + kind + " " + usage::in_quotes(word);
        to.push_back(*found);
        return std::string();
    };
}

// USER/SITE means the site of another user: it can be reloaded there, but nobody could join a new site of that name.
std::string check_site_name(const CommandLine &command_line) {
    const std::string &site = command_line.site;
    const bool printable = std::none_of(site.begin(), site.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (!site.empty() && printable && (command_line.reload || site.find('/') == std::string::npos)) return {};
    return "--site: " + usage::in_quotes(site) +
           " is no name of a site: it needs a character, and no '/' or control character";
}

const std::vector<usage::Example> examples{
    {"chorusd", "Serve the site 'default' of this user until SIGTERM or SIGINT."},
    {"chorusd --site lab --allow-group staff", "Serve the site 'lab' to the users of a group, too."},
    {"chorusd --site lab --reload", "After an upgrade: replace the running kernel of 'lab', without a pause."},
};

}  // namespace

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &command_line, std::ostream &output,
                                     std::ostream &errors) {
    usage::Program program("chorusd", "Serves one site: keeps its actors, their capabilities and their regions.",
                           client::version_text("chorusd"));
    program.set_examples(examples);
    program.option("--site", "NAME", "name of the site (default: 'default')", usage::text(command_line.site));
    program
        .option("--allow-user", "USER", "let in a user, by name or number; may be repeated",
                ids(command_line.users, "user", find_user))
        .any_number();
    program
        .option("--allow-group", "GROUP", "let in the users of a group, by name or number; may be repeated",
                ids(command_line.groups, "group", find_group))
        .any_number();
    program.flag("--strict", command_line.strict,
                 "refuse a read-only mapping if the system cannot keep its actor from writing");
    program.flag("--reload", command_line.reload,
                 "replace the kernel that serves the site by this program; its actors keep running");
    // For the library, and for the program before this one.
    program.option("--private", "", "", usage::number(command_line.private_connection, 0, INT_MAX)).group("");
    program.option("--follow", "", "", usage::number(command_line.control_file, 0, INT_MAX)).group("");
    program.then([&command_line] { return check_site_name(command_line); });
    return program.parse(argc, argv, output, errors);
}

}  // namespace chorus::daemon
