// A site without sockets, processes and memory: the path of a request from decode to its reply, as src/daemon/calls.cpp
// takes it. After every action it is required that all invariants of the kernel hold and that the memory and the
// waiting calls which the daemon would keep are those that the kernel speaks of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "kernel/action.hpp"
#include "kernel/call.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"
#include "wire/message.hpp"

namespace chorus::fuzz {

// Who has sent a request.
struct Sender {
    enum class Kind { stranger, console, actor, service } kind{};
    kernel::Caller caller;
};

enum class Memory { there_is, there_is_none };

class Site {
  public:
    // Four actors with a region each: two of users, one of the system, one supervisor.
    Site();

    // What the daemon would end the connection for is left undone.
    void receive(const Sender &sender, const wire::Request &request, Memory memory);
    // From the world outside.
    void tell(const kernel::Call &call);
    // All members follow all changes.
    void follow();

    const kernel::State &state() const { return state_; }
    // Of the last reply that had a mapping.
    std::uint64_t last_mapping() const { return last_mapping_; }

  private:
    struct Segment {
        std::uint64_t size_bytes = 0;
        bool executable = false;
    };
    struct Waiting {
        kernel::Caller caller;
        wire::Request request;
        kernel::Call call;
        std::uint64_t change = 0;
    };
    struct Served {
        std::optional<kernel::Outcome> outcome{};
        std::uint64_t change = 0;
    };

    void add(kernel::Privilege privilege);
    bool waits(const kernel::Caller &caller) const;
    void receive_on_service(const kernel::Caller &caller, const wire::Request &request, const kernel::Call &call);
    Served serve(const kernel::Caller &caller, const kernel::Call &call, Memory memory = Memory::there_is);
    kernel::Status acquire(kernel::Action &action, Memory memory);
    void acquire_segments(const std::vector<kernel::NewSegment> &segments);
    kernel::Status acquire_places(const kernel::action::ChangeSpace &change) const;
    void perform(const kernel::Effect &effect);
    void answer_change(const kernel::effect::AnswerChange &done);
    void serve_waiting();
    bool serve_again(std::size_t place);
    void answer(const wire::Request &request, const kernel::Outcome &outcome);
    void check() const;
    void check_part(kernel::SegmentId segment, const kernel::Range &range) const;
    void check_parts(const std::vector<kernel::SegmentPart> &parts) const;
    void check_copies(const std::vector<kernel::CopyPart> &copies) const;

    kernel::State state_;
    std::map<kernel::SegmentId, Segment> segments_;
    std::map<kernel::SegmentId, Segment> acquired_;
    std::vector<Waiting> waiting_;
    std::set<std::uint64_t> changes_;  // begun and not answered
    std::uint64_t last_mapping_ = 0;
};

}  // namespace chorus::fuzz
