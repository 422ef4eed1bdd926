// One site: its kernel state, and everything outside that the state speaks of: connections, processes, segments. Every
// call takes the five steps of docs/architecture.md here: decide, acquire, record, apply, perform.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/control.hpp"
#include "daemon/journal.hpp"
#include "daemon/loop.hpp"
#include "daemon/tables.hpp"
#include "daemon/timer.hpp"
#include "daemon/waiting.hpp"
#include "daemon/waste.hpp"
#include "kernel/action.hpp"
#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"
#include "memory/segment_store.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::daemon {

// Of the first kernel of a site: what it knows is that it has begun, and who is connected already.
Known nothing_yet(const kernel::Config &config);
// Closes the descriptors that no row names: a process before this one died before it had made them known, or after it
// had made them unknown. Before anything else is opened.
void close_unnamed(const Control &control, Known &known);

// What the command line says, and where the program lies.
struct Settings {
    std::vector<std::uint32_t> users, groups;  // that may connect, beside the kernel's own user and root
    std::string program;
};

class Site {
  public:
    // Takes over what is known. The journal is that of the control page.
    Site(Loop &loop, Control &control, Journal &journal, const Settings &settings, Known known);

    // Goes on where the kernel before this one was cut off. To be called once, before the loop runs.
    void resume();
    // Asks every actor to end, gives them two seconds, then ends them and the loop.
    void shut_down();

  private:
    // One socket and who holds its other end.
    struct Connection {
        Holder holder = Holder::unknown;
        wire::Descriptor socket;
        wire::Peer peer;  // of a spawned actor: its parent's user, until it begins
        kernel::ActorId actor{};
        Place place = Place::front;
        Waste::Duration served{};                          // time that the kernel has spent on it,
        Waste wasted{100, std::chrono::milliseconds(10)};  // and of that, what was in vain
    };
    // The process of an actor. It may outlive the actor by the time it takes to end.
    struct Process {
        int connection = -1;
        int service = -1;                             // the socket on which it takes orders; none until it has told it
        std::map<std::uint64_t, wire::Order> orders;  // by turn: those that it has not followed yet
        std::uint64_t sent = 0;                       // the last of them that this kernel has sent
        std::uint64_t claim = 0;                      // the number of the question that a verdict answers
        wire::Descriptor status;                      // the status page; empty until a thread has slept
        wire::Descriptor pidfd;                       // empty until the process is known
        std::uint32_t pid = 0;
        bool condemned = false;  // the actor is deleted: end the process as soon as it is known
    };
    // What came of a call: an outcome, or it waits.
    struct Served {
        std::optional<kernel::Outcome> outcome{};
        std::uint64_t change = 0;
    };
    // Connections of one process that are no actors: an honest one needs two.
    static constexpr long strangers_max = 64;

    // Whose call is served: the one that is in hand, or one that the site makes itself.
    enum class For { hand, itself };

    // ---- Events (site.cpp). Each ends with `settle`.
    void watch_connection(Connection &connection, Place place);
    void adopt(wire::Descriptor socket, const wire::Peer &peer, Place place);
    void let_one_in();
    bool owns(const wire::Peer &peer) const;
    bool admits(int socket, const wire::Peer &peer) const;
    bool knows_secret(const wire::Request &request) const;
    long strangers_of(std::uint32_t pid) const;
    void read_one(int socket);
    void listen_again();
    void drop(int socket);
    void drop(Connection &connection, const std::string &why);
    void handle_hand(ssize_t size_bytes);
    void put_away(wire::Received got);
    void refuse_version(Connection &connection, const wire::Prefix &prefix);
    void handle(Connection &connection, const wire::Request &request, wire::Received &got);
    void handle_service(Connection &connection, const wire::Request &request, wire::Received &got);
    void acknowledge(const Connection &connection, const wire::Request &request, const kernel::Call &call);
    kernel::Status begin(Connection &connection, const wire::Peer &sender);
    void note_spawned(const Connection &parent, const wire::Request &request);
    void take_service(kernel::ActorId actor, wire::Descriptor &socket);
    void watch_process(kernel::ActorId actor, Process &process, std::uint32_t pid);
    void watch_end(kernel::ActorId actor, const Process &process);
    void actor_gone(kernel::ActorId actor);
    void forget_socket(kernel::ActorId actor, int socket);
    void end_if_done();
    void end_all();
    void settle();
    void end_event();
    void serve_lost();

    // ---- Who is served when (fairness.cpp).
    void serve_connection(int socket);
    void accept_one();
    void in_vain();
    void in_vain(const Connection &ended);
    void conclude_event();
    void put_in_place(Connection &connection, Waste::Clock::time_point now);
    void waste_at_back(Waste::Duration spent, Waste::Clock::time_point now);

    // ---- What the kernel before this one has left, and what this one leaves (resume.cpp).
    void adopt_rows(Tables &tables);
    void finish_hand();
    void refuse_hand();
    bool is_kept(int descriptor) const;
    void answer_journal(Connection &connection, const wire::Request &request);
    void reload(Connection &connection, const wire::Request &request);
    Tables tables() const;
    static ConnectionRow row_of(const Connection &connection);
    static ProcessRow row_of(const Process &process);
    static WaitingRow row_of(const WaitingCall &waiting);
    // Writes a row as it is now.
    void note(const Connection &connection);
    void note(kernel::ActorId actor, const Process &process);
    void note(const WaitingCall &waiting);

    // ---- The path of a call (calls.cpp).
    Served serve(const kernel::Caller &caller, const kernel::Call &call, For whom);
    Served carry_out(kernel::Effects effects);
    kernel::Status acquire(kernel::Action &action);
    kernel::Status acquire_segments(const std::vector<kernel::NewSegment> &segments);
    kernel::Status make_present(const std::vector<kernel::SegmentPart> &parts);
    memory::Segment &segment_at(kernel::SegmentId id);
    void install(const kernel::Action &action);
    void perform(const kernel::Effect &effect);
    void order(const kernel::effect::Order &order);
    void send_orders(Process &process);

    void wait(WaitingCall call);
    void forget_waiting(int socket);
    std::map<std::uint32_t, std::uint64_t> calls_in_flight() const;
    bool may_call(const Connection &connection, wire::CallCode code) const;
    void take_in_hand(const WaitingCall &waiting);
    bool holds(int socket) const;
    void serve_waiting();
    bool serve_again(int socket);
    void finish_waiting(int socket, kernel::Outcome outcome);
    void refuse_late();
    void finish(Connection &connection, const wire::Request &request, kernel::Outcome outcome);
    void answer(Connection &connection, const wire::Request &request, const kernel::Outcome &outcome);
    void send_reply(Connection &connection, const wire::Reply &reply, int descriptor);
    void send_listing(Connection &connection, wire::Reply reply, wire::Descriptor file);
    wire::Descriptor list_file(const Connection &connection, const kernel::Outcome &outcome, wire::Reply &reply);
    void take_status(Connection &connection, wire::Descriptor &file);
    void add_waits(kernel::ActorId actor, const Process &process, std::vector<wire::WaitRow> &rows) const;
    void answer_waits(Connection &connection, const wire::Request &request);
    void answer_calls(Connection &connection, const wire::Request &request);
    wire::CallRow call_row_of(const WaitingCall &waiting) const;
    template <class Row>
    void answer_rows(Connection &connection, const wire::Request &request, const std::vector<Row> &rows);
    kernel::Caller caller_of(const Connection &connection) const;

    Loop &loop_;
    Control &control_;
    Journal &journal_;
    const Settings &settings_;
    kernel::State state_;
    wire::Descriptor listener_;
    bool listening_ = false;
    Timer listen_timer_;         // when it may listen again that had no descriptor left
    Timer back_timer_;           // when those at the back are served again
    Timer grace_timer_;          // when those who were asked to end are ended
    std::uint32_t crowder_ = 0;  // the last process that was refused a connection, which is logged once
    bool shutting_down_ = false;
    std::map<int, Connection> connections_;  // by socket
    // The event in hand: whose it is, and whether it has come to nothing.
    struct Event {
        int socket = -1;
        Place place = Place::front;
        Waste::Duration begun{};
        bool in_vain = false;
        Waste::Duration before{};  // with it is lost what a connection was served before
    } event_;
    Waste wasted_at_back_{20, std::chrono::milliseconds(10)};
    Waste::Clock::time_point front_served_{};  // the last time, and not in vain
    std::map<kernel::ActorId, Process> processes_;
    WaitingCalls waiting_;
    std::uint64_t next_waiting_;
    memory::SegmentStore segments_;
    int last_segment_file_;              // descriptors from here on are for connections
    std::vector<kernel::ActorId> lost_;  // actors that are found to be gone, to be told to the kernel
    // What the journal no longer names, to be closed when it has been committed.
    std::vector<wire::Descriptor> closing_;
    std::vector<std::unique_ptr<memory::Segment>> releasing_;
    // Between acquire and perform:
    std::map<kernel::SegmentId, std::unique_ptr<memory::Segment>> acquired_;
    int acquired_connection_ = -1;      // our end of a new actor's socket,
    wire::Descriptor acquired_socket_;  // and the actor's, until it is sent
    bool acting_ = false;               // an action is in the journal, and its effects are being carried out
    // What came of the message in hand, where the kernel before this one has applied its action.
    std::optional<Known::Unfinished> unfinished_;
    std::optional<Served> resumed_;
};

}  // namespace chorus::daemon
