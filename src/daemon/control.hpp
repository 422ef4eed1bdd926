// What the kernel, the keeper and the next kernel share: one page of memory that outlives each of them. docs/restart.md
// has its states.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::daemon {

// The message that is being handled. Plain memory: every store is in order for the one that reads it, the process that
// follows after this one's death.
struct Hand {
    enum class Stage : std::uint32_t { empty, received, answering };

    std::atomic<Stage> stage = Stage::empty;
    int socket = -1;
    std::uint64_t number = 0;   // counts messages
    std::uint64_t waiting = 0;  // not 0: a call that has waited, by its number
    std::uint32_t faults = 0;   // kernels that died of it, by their own fault,
    std::uint32_t kills = 0;    // and otherwise
    wire::Request request{};    // magic 0: none has come
    wire::Inbox inbox{};        // what came along
    wire::Reply reply{};        // with stage answering
    int reply_descriptor = -1;  // that goes along
};

// Which program has a site: one after the other, by a number that no two have. Whoever finds that another one has it
// ends itself.
struct alignas(8) Owner {
    std::uint32_t program = 1;
    std::uint32_t offered_to = 0;  // 0: to nobody
};

struct Control {
    // Another one for each layout of this page: programs of different versions follow each other.
    static constexpr std::uint64_t right_magic = 0x326c72746e6f6363;  // "ccontrl2"

    std::uint64_t magic = right_magic;
    // The journal: its size in bytes, times two, plus which of the two files it is.
    std::atomic<std::uint64_t> journal = 0;
    int control_file = -1;
    int journal_files[2] = {-1, -1};
    int listener = -1;
    int keeper_pidfd = -1, kernel_pidfd = -1;  // of the last one of either
    int replace_event = -1;                    // set: the kernel waits for a keeper of the next program
    std::atomic<int> replace_error = 0;        // why the last program could not follow (errno)
    std::atomic<Owner> owner = Owner{};
    std::uint32_t last_program = 1;  // of all that were offered the site
    int former_kernel_pidfd = -1;    // of the program before this one, until it has ended
    std::atomic<pid_t> keeper = 0, kernel = 0;
    std::atomic<std::uint64_t> events = 0;  // that came to their end
    std::atomic<bool> by_fault = false;     // how the last kernel died, as far as is known
    std::atomic<bool> shutting_down = false;
    std::atomic<int> ended = -1;  // exit status, once all has ended in order
    bool is_private = false;
    std::uint64_t secret[2] = {};  // of a private kernel's token; zeros: nobody knows it
    char site[108] = {};
    Hand hand;
};

static_assert(sizeof(Control) <= 4096);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<Owner>::is_always_lock_free);

}  // namespace chorus::daemon
