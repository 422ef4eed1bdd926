#include "client/console.hpp"

#include <exec/chTypes.h>

#include "client/list.hpp"

namespace chorus::client {

namespace {

void expect_ok(int status, std::uint32_t actor) {
    if (status == K_OK) return;
    const std::string who = "actor " + std::to_string(actor);
    if (status == K_EUNKNOWN) throw Problem{"there is no " + who + ": 'chorus ps' lists the actors"};
    if (status == K_EPRIV) throw Problem{who + " is another user's"};
    if (status == K_ENOMEM) throw Problem{"the kernel has no memory or no descriptor left for the answer"};
    throw Problem{"the kernel does not answer"};
}

}  // namespace

Console::Console(const std::optional<std::string> &site, Missing missing) {
    std::string problem;
    Connection connection = connect_to_kernel(site, missing, problem);
    if (!connection.socket) throw Problem{problem};
    channel_ = Channel(std::move(connection.socket));
    wire::Request request{};
    wire::Reply reply;
    const int status = channel_.call(wire::CallCode::console, request, reply);
    if (status != K_OK && !problem.empty()) throw Problem{problem};
    expect_ok(status, 0);
    pass_on(connection.token);
    reply.name[sizeof reply.name - 1] = '\0';
    site_ = reply.name;
}

template <class Row>
std::vector<Row> Console::list(wire::CallCode code, std::uint32_t actor) {
    std::vector<Row> rows;
    const auto call = [&](wire::Reply &reply, wire::Descriptor &file) {
        wire::Request request{};
        request.actor = actor;
        return channel_.call(code, request, reply, &file);
    };
    expect_ok(read_list(call, rows), actor);
    return rows;
}

std::vector<wire::ActorRow> Console::actors() {
    return list<wire::ActorRow>(wire::CallCode::inspect_actors, 0);
}

std::vector<wire::RegionRow> Console::regions(std::uint32_t actor) {
    return list<wire::RegionRow>(wire::CallCode::inspect_regions, actor);
}

std::vector<wire::QuotaRow> Console::quotas() {
    return list<wire::QuotaRow>(wire::CallCode::inspect_quotas, 0);
}

void Console::set_quotas(const wire::QuotaRow &limit) {
    wire::Request request{};
    wire::Reply reply;
    request.value = limit.kind;
    request.region.start = limit.regions;
    request.region.size_bytes = limit.bytes;
    request.region.end = limit.actors;
    request.region.opaque1 = limit.calls;
    const int status = channel_.call(wire::CallCode::set_quotas, request, reply);
    if (status == K_EPRIV) throw Problem{"quotas are set by the user of the kernel, or by root"};
    expect_ok(status, 0);
}

std::vector<wire::WaitRow> Console::waits() {
    return list<wire::WaitRow>(wire::CallCode::inspect_waits, 0);
}

std::vector<wire::CallRow> Console::calls() {
    return list<wire::CallRow>(wire::CallCode::inspect_calls, 0);
}

void Console::kill(std::uint32_t actor) {
    wire::Request request{};
    wire::Reply reply;
    request.actor = actor;
    expect_ok(channel_.call(wire::CallCode::kill_by_id, request, reply), actor);
}

}  // namespace chorus::client
