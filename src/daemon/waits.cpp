// Who sleeps on what: read from the status pages of the actors, which nobody asks for it.
#include <fcntl.h>
#include <sync/chSem.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "daemon/codec.hpp"
#include "daemon/rows.hpp"
#include "daemon/site.hpp"
#include "kernel/decide.hpp"
#include "memory/words.hpp"
#include "sync/polling.hpp"
#include "wire/status.hpp"

namespace chorus::daemon {

namespace {

// A thread may have ended without leaving the page.
bool runs(std::uint32_t pid, std::uint64_t thread) {
    const std::string path = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(thread);
    return access(path.c_str(), F_OK) == 0;
}

// Says what is at the place of a semaphore.
void read_semaphore(const memory::Segment &segment, wire::WaitRow &row) {
    KnSem semaphore;
    memory::WordReader words(segment.file());
    const bool read = words.read(reinterpret_cast<char *>(&semaphore), sizeof semaphore, row.offset);
    if (!read || semaphore.knMagic != K_KNSEM_MAGIC) return;
    row.state = semaphore.knState;
    row.taker = semaphore.knTaker;
}

}  // namespace

// Of a file of another kind, reading might wait for somebody.
void Site::take_status(Connection &connection, wire::Descriptor &file) {
    if (!file || fcntl(file.get(), F_GET_SEALS) < 0) return drop(connection, "a status page that is no memory");
    const auto it = processes_.find(connection.actor);
    if (it == processes_.end() || it->second.status) return in_vain();
    it->second.status = std::move(file);
    note(it->first, it->second);
}

void Site::add_waits(kernel::ActorId actor, const Process &process, std::vector<wire::WaitRow> &rows) const {
    wire::StatusPage page;
    if (!memory::WordReader(process.status.get()).read(reinterpret_cast<char *>(&page), sizeof page, 0)) return;
    const auto now = static_cast<std::uint64_t>(sync::now_ns());  // of CLOCK_MONOTONIC, as the actors'
    for (const wire::Sleeper &sleeper : page.sleepers) {
        if (sleeper.thread == 0 || sleeper.address == 0 || !runs(process.pid, sleeper.thread)) continue;
        wire::WaitRow row{};
        row.actor = static_cast<std::uint32_t>(actor);
        row.thread = static_cast<std::uint32_t>(sleeper.thread);
        row.address = sleeper.address;
        row.asleep_ns = now - std::min(now, sleeper.since_ns);
        row.queued_ns = sleeper.queued_ns;
        row.state = wire::no_semaphore;
        const kernel::Caller itself{actor, 0, 0};
        const auto found =
            kernel::decide(state_, itself, kernel::call::FindMapping{{sleeper.address, sizeof(KnSem)}, 0});
        const auto *outcome = std::get_if<kernel::Outcome>(&found);
        if (outcome != nullptr && outcome->mapping->range == kernel::Range{sleeper.address, sizeof(KnSem)}) {
            row.segment = number(outcome->mapping->segment);
            const memory::Segment &segment = segments_.at(row.segment);
            row.offset = outcome->mapping->offset;
            row.inode = segment.inode();
            read_semaphore(segment, row);
        }
        rows.push_back(row);
    }
}

template <class Row>
void Site::answer_rows(Connection &connection, const wire::Request &request, const std::vector<Row> &rows) {
    wire::Reply reply = encode(request, {});
    reply.count = static_cast<std::uint32_t>(rows.size());
    send_listing(connection, reply, file_of(rows));
}

void Site::answer_waits(Connection &connection, const wire::Request &request) {
    std::vector<wire::WaitRow> rows;
    for (const auto &[actor, process] : processes_)
        if (process.status) add_waits(actor, process, rows);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const wire::WaitRow &a, const wire::WaitRow &b) { return a.queued_ns < b.queued_ns; });
    answer_rows(connection, request, rows);
}

// Whom a call waits for: a member that has not followed the change, or who has locked pages in the space.
wire::CallRow Site::call_row_of(const WaitingCall &waiting) const {
    const kernel::Caller caller = caller_of(connections_.at(waiting.socket));
    wire::CallRow row{};
    row.actor = caller.actor ? static_cast<std::uint32_t>(*caller.actor) : 0;
    row.call = waiting.request.prefix.call;
    kernel::ActorId space{};
    if (waiting.change != 0) {
        const auto changing = state_.changes.find(waiting.change);
        if (changing == state_.changes.end()) return row;
        space = changing->second;
    } else {
        const kernel::Decision decision = kernel::decide(state_, caller, waiting.call);
        const auto *postponed = std::get_if<kernel::Postponed>(&decision);
        if (postponed == nullptr) return row;
        space = postponed->space;
    }
    const auto awaited = kernel::awaited_in(state_, space, caller);
    row.awaited = static_cast<std::uint32_t>(awaited.actor);
    row.why = static_cast<std::uint32_t>(awaited.locked ? wire::CallWaits::for_lock : wire::CallWaits::for_member);
    return row;
}

void Site::answer_calls(Connection &connection, const wire::Request &request) {
    std::vector<wire::CallRow> rows;
    for (const WaitingCall &waiting : waiting_.all())
        rows.push_back(call_row_of(waiting));
    answer_rows(connection, request, rows);
}

}  // namespace chorus::daemon
