// One site: its kernel state, and everything outside that the state speaks of: connections, processes, segments. Every
// call takes the five steps of docs/architecture.md here: decide, acquire, record, apply, perform.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/loop.hpp"
#include "daemon/waiting.hpp"
#include "kernel/action.hpp"
#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"
#include "memory/segment_store.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::daemon {

enum class Lifetime { until_stopped, until_last_connection };

class Site {
  public:
    Site(Loop &loop, std::string name, const kernel::Config &config, Lifetime lifetime);

    // Processes connect here.
    void listen(wire::Descriptor socket);
    // A connection that exists already.
    void adopt(wire::Descriptor socket, const wire::Peer &peer);
    // Asks every actor to end, gives them `grace`, then ends them and the loop.
    void shut_down();

  private:
    // One socket and who holds its other end.
    struct Connection {
        enum class Holder { unknown, console, actor, service } holder = Holder::unknown;
        wire::Descriptor socket;
        wire::Peer peer;  // of a spawned actor: its parent's user, until it begins
        kernel::ActorId actor{};
    };
    // The process of an actor. It may outlive the actor by the time it takes to end.
    struct Process {
        int connection = -1;
        int service = -1;                // the socket on which it takes orders; none until it has told it
        std::deque<wire::Order> orders;  // that it could not be sent yet
        wire::Descriptor status;         // the status page; empty until a thread has slept
        wire::Descriptor pidfd;          // empty until the process is known
        std::uint32_t pid = 0;
        bool condemned = false;  // the actor is deleted: end the process as soon as it is known
    };
    // What came of a call: an outcome, or it waits.
    struct Served {
        std::optional<kernel::Outcome> outcome{};
        std::uint64_t change = 0;
    };

    void accept_one();
    void read_one(int socket);
    void drop(int socket);
    void drop(Connection &connection, const std::string &why);
    void refuse_version(Connection &connection, const wire::Prefix &prefix);
    void handle(Connection &connection, const wire::Request &request, wire::Received &got);
    void handle_service(Connection &connection, const wire::Request &request, wire::Received &got);
    kernel::Status begin(Connection &connection, const wire::Peer &sender);
    void note_spawned(const Connection &parent, const wire::Request &request);
    void take_service(kernel::ActorId actor, wire::Descriptor socket);

    Served serve(const kernel::Caller &caller, const kernel::Call &call);
    kernel::Status acquire(kernel::Action &action);
    kernel::Status acquire_segments(const std::vector<kernel::NewSegment> &segments);
    kernel::Status make_present(const std::vector<kernel::SegmentPart> &parts);
    memory::Segment &segment_at(kernel::SegmentId id);
    void install(const kernel::Action &action);
    void perform(const kernel::Effect &effect);
    void order(const kernel::effect::Order &order);
    void send_orders(Process &process);

    void serve_waiting();
    bool serve_again(int socket);
    void refuse_late();
    void finish(Connection &connection, const wire::Request &request, kernel::Outcome outcome);
    void answer(Connection &connection, const wire::Request &request, const kernel::Outcome &outcome);
    void send_reply(Connection &connection, const wire::Reply &reply, int descriptor);
    wire::Descriptor list_file(const Connection &connection, const kernel::Outcome &outcome, wire::Reply &reply);
    void take_status(Connection &connection, wire::Descriptor file);
    void add_waits(kernel::ActorId actor, const Process &process, std::vector<wire::WaitRow> &rows) const;
    void answer_waits(Connection &connection, const wire::Request &request);
    void answer_calls(Connection &connection, const wire::Request &request);
    wire::CallRow row_of(const WaitingCall &waiting) const;
    template <class Row>
    void answer_rows(Connection &connection, const wire::Request &request, const std::vector<Row> &rows);
    kernel::Caller caller_of(const Connection &connection) const;

    void watch_process(kernel::ActorId actor, Process &process, std::uint32_t pid);
    void actor_gone(kernel::ActorId actor);
    void end_if_done();

    Loop &loop_;
    std::string name_;
    kernel::State state_;
    Lifetime lifetime_;
    wire::Descriptor listener_;
    wire::Descriptor grace_timer_;
    bool listening_ = false;
    bool shutting_down_ = false;
    std::map<int, Connection> connections_;  // by socket
    std::map<kernel::ActorId, Process> processes_;
    WaitingCalls waiting_;
    memory::SegmentStore segments_;
    // Between acquire and perform:
    std::map<kernel::SegmentId, std::unique_ptr<memory::Segment>> acquired_;
    int acquired_connection_ = -1;                     // our end of a new actor's socket,
    std::optional<wire::Descriptor> acquired_socket_;  // and the actor's, until it is sent
};

}  // namespace chorus::daemon
