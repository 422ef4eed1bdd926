// chorus sites: the kernels that run here.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/process.hpp"
#include "cli/show.hpp"
#include "text/format.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::cli {

namespace {

const std::vector<Column> site_columns{
    {.name = "SITE", .shrinks = true},
    {.name = "USER", .shrinks = true, .drop_order = 1},
    {.name = "ACTORS", .align = Align::right},
    {.name = "STATE"},
};

struct Site {
    std::string name;  // as --site takes it
    std::uint32_t uid = 0;
    std::string user;
    // Of a site of this user. Other kernels are not asked: they would log that a stranger came.
    const char *state = nullptr;
    std::optional<std::uint32_t> actors;
};

// One call, without the patience and the complaints of client::Channel: a list of kernels also shows those that hang.
std::optional<wire::Reply> ask(int socket, wire::CallCode code) {
    constexpr int patience_ms = 1000;
    wire::Request request{};
    request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
    pollfd readable{.fd = socket, .events = POLLIN, .revents = 0};
    if (!wire::send_now(socket, &request, sizeof request) || poll(&readable, 1, patience_ms) <= 0) return std::nullopt;
    wire::Reply reply{};
    const auto received = wire::receive(socket, &reply, sizeof reply, wire::Blocking::no);
    const bool whole = received.what == wire::Received::What::message;
    return whole ? std::optional(reply) : std::nullopt;
}

void ask_for_actors(Site &site, const std::string &name) {
    site.state = "no answer";
    const wire::Descriptor socket = wire::connect_to(site.uid, name);
    wire::Peer peer;
    if (!socket || !wire::peer_of(socket.get(), peer) || (peer.uid != geteuid() && peer.uid != 0)) return;
    auto reply = ask(socket.get(), wire::CallCode::console);
    if (reply && reply->prefix.call == wire::version_refused) site.state = "other version";
    if (!reply || reply->prefix.call == wire::version_refused || reply->status != 0) return;
    reply = ask(socket.get(), wire::CallCode::inspect_actors);
    if (!reply || reply->status != 0) return;
    site.state = "ready";
    site.actors = reply->count;
}

std::vector<Site> running_sites() {
    std::vector<Site> sites;
    for (const wire::SiteName &found : wire::all_sites()) {
        Site site;
        site.uid = found.uid;
        site.user = user_name(found.uid);
        if (site.user.empty()) site.user = std::to_string(found.uid);
        site.name = found.uid == geteuid() ? found.site : text::format("{}/{}", site.user, found.site);
        if (found.uid == geteuid()) ask_for_actors(site, found.site);
        sites.push_back(std::move(site));
    }
    std::sort(sites.begin(), sites.end(), [](const Site &a, const Site &b) { return a.name < b.name; });
    return sites;
}

std::vector<Cell> cells_of(const Site &site) {
    const Style style = site.actors ? Style::good : Style::warning;
    return {Cell(site.name), Cell(site.user), site.actors ? Cell(*site.actors) : Cell("-"),
            site.state != nullptr ? Cell(site.state).with(style) : Cell("-")};
}

Json json_of(const Site &site) {
    return Json::Object{{"actors", site.actors ? Json(*site.actors) : Json()},
                        {"site", site.name},
                        {"state", site.state != nullptr ? Json(site.state) : Json()},
                        {"uid", site.uid},
                        {"user", site.user}};
}

}  // namespace

void show_sites(const Options &options) {
    Table table(site_columns, options.view);
    show(options, [&](const Screen &screen) {
        const auto sites = running_sites();
        table.clear();
        for (const Site &site : sites)
            table.add(cells_of(site));
        if (!options.json) return table.text(table.chosen(), screen);
        Json::List list;
        for (const std::size_t row : table.chosen())
            list.push_back(json_of(sites[row]));
        return page_of(list, options);
    });
}

}  // namespace chorus::cli
