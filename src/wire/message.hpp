// The messages between actors and the kernel. Fixed size, fixed widths, no padding; docs/wire.md describes every field
// and must change with this file, as must `version`. Fields that a call does not use are zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace chorus::wire {

inline constexpr std::uint32_t magic = 0x55524843;  // "CHRU"
inline constexpr std::uint16_t version = 7;
inline constexpr std::size_t name_bytes = 32;  // its NUL included

// Where regions lie, in every actor the same; reserved by the library when an actor starts.
inline constexpr std::uint64_t user_start = 0x4400'0000;
inline constexpr std::uint64_t user_end = 0x6c00'0000;
inline constexpr std::uint64_t supervisor_end = 0x7c00'0000;  // from user_end
inline constexpr std::uint64_t high_start = 0x2000'0000'0000;
inline constexpr std::uint64_t high_end = 0x3000'0000'0000;

enum class CallCode : std::uint16_t {
    join = 1,
    begin = 2,
    console = 3,
    exclude = 4,
    spawn = 5,
    spawned = 6,
    actor_privilege = 7,
    actor_name = 8,
    list_actors = 9,
    delete_actor = 10,
    kill_actor = 11,
    find_capability = 12,
    end_of_child = 13,
    allocate_region = 14,
    free_regions = 15,
    map_from_actor = 16,
    list_regions = 17,
    find_mapping = 18,
    inspect_actors = 19,
    inspect_regions = 20,
    kill_by_id = 21,
    copy_from_actor = 22,
    duplicate_regions = 23,
    set_attribute = 24,
    fork = 25,
    copy_memory = 26,
    lock_memory = 27,
    unlock_memory = 28,
    discard_memory = 29,
    find_physical = 30,
    map_physical = 31,
    inspect_memory = 32,
    set_marks = 33,
    create_actor = 34,
    create_by_flags = 35,
    stop_actor = 36,
    actor_protection = 37,
    actor_credentials = 38,
    acknowledge = 39,
    claim = 40,
    show_status = 41,
    inspect_waits = 42,
    inspect_calls = 43,
    inspect_quotas = 44,
    set_quotas = 45,
    inspect_journal = 46,
    reload = 47,
    present_token = 48,
};

// In place of a call code in an order of the kernel, on the service socket.
inline constexpr std::uint16_t order_code = 0xfffe;

// In place of a call code in the reply to a request of another version.
inline constexpr std::uint16_t version_refused = 0xffff;

// How a member follows a change: see docs/address-spaces.md.
enum class FollowBy : std::uint32_t { map = 1, unmap = 2, renew = 3 };
// Which attribute set_attribute sets.
enum class Attribute : std::uint32_t { protection = 1, inheritance = 2, paging = 3, opaque = 4 };

enum class ActorKind : std::uint32_t { none = 0, self = 1, supervisor_space = 2, capability = 3 };

namespace flag {
inline constexpr std::uint32_t wide = 0x1;    // addresses of the caller are 64-bit
inline constexpr std::uint32_t set = 0x2;     // actor_privilege, actor_name: set the new value
inline constexpr std::uint32_t failed = 0x4;  // acknowledge: the member could not follow
inline constexpr std::uint32_t all = wide | set | failed;
}  // namespace flag

// The first eight bytes of every message of every version.
struct Prefix {
    std::uint32_t magic;
    std::uint16_t version;
    std::uint16_t call;
};

struct Actor {
    std::uint32_t kind;  // ActorKind
    std::uint32_t reserved;
    std::uint64_t unique_id;
    std::uint64_t key;
};

struct Region {
    std::uint64_t start;
    std::uint64_t size_bytes;
    std::uint64_t end;
    std::uint64_t opaque1;
    std::uint32_t options;
    std::uint32_t opaque2;
};

struct Request {
    Prefix prefix;
    std::uint64_t number;  // counts the calls of a session; the reply repeats it
    Actor target;
    Actor source;
    Region region;
    std::uint64_t source_start;       // also: a physical address, a change, a protection id, a mark; a secret
    std::uint64_t source_size_bytes;  // also: a turn, a mark; a secret
    std::uint32_t actor;              // an aid
    std::uint32_t value;              // options, a privilege, a status, a pid, an attribute, a uid
    std::uint32_t flags;
    std::uint32_t patience_ms;  // how long the caller waits for other actors to do their part
    char name[name_bytes];      // NUL-terminated
};

inline CallCode code_of(const Request &request) {
    return static_cast<CallCode>(request.prefix.call);
}

struct Reply {
    Prefix prefix;
    std::uint64_t number;
    std::int32_t status;  // K_OK or a K_E* code
    std::uint32_t actor;
    std::uint64_t unique_id;  // also: a physical address, a protection id; a mark
    std::uint64_t key;        // also: a mark
    Region mapping;           // end unused; also: the state of memory
    std::uint64_t offset;     // of the mapping in its segment, in bytes; also: a mark
    std::uint64_t turn;       // at which the caller changes its maps; 0: it does not
    std::uint32_t value;      // a privilege, a cause of death, a uid
    std::uint32_t count;      // rows in the file that comes along
    char name[name_bytes];
};

// Asks a member to bring a range in line with the table.
struct Order {
    Prefix prefix;         // call: order_code
    std::uint64_t turn;    // at which the member does it; an order of an earlier turn has been followed already
    std::uint64_t change;  // to be acknowledged; 0: nobody waits for it
    std::uint32_t follow;  // FollowBy
    std::uint32_t mapped;  // 1: `mapping` and `offset` are those of the descriptor that comes along
    std::uint64_t start;
    std::uint64_t size_bytes;
    Region mapping;  // first of the range
    std::uint64_t offset;
};

// The reply to a request of another version; its layout never changes.
struct VersionRefusal {
    Prefix prefix;
    char text[120];  // NUL-terminated: names both versions
};

// Rows of the file that comes with the reply to a list call.
struct ActorRow {
    std::uint32_t actor;
    std::uint32_t parent;
    std::uint64_t unique_id;
    std::uint64_t key;  // 0 for consoles
    std::uint32_t uid;
    std::uint32_t pid;  // 0 until the program has begun
    std::uint32_t privilege;
    std::uint32_t phase;  // 0 no process, 1 starting, 2 running
    std::uint32_t stopped;
    std::uint32_t reserved;
    char name[name_bytes];
};
// Whether a region may be written, and if not, what keeps its actor from it: the system, or nothing.
enum class Grant : std::uint32_t { writable = 0, advisory = 1, enforced = 2 };
struct RegionRow {
    std::uint32_t actor;  // 0: nobody's
    std::uint32_t grant;  // Grant
    Region region;        // end unused
    std::uint64_t segment;
    std::uint64_t offset;
    std::uint64_t inode;  // of the segment's file, as /proc/PID/maps shows it
    std::uint64_t segment_size_bytes;
};

// The state where there is no semaphore, or none that the kernel sees; no semaphore has it.
inline constexpr std::uint64_t no_semaphore = ~std::uint64_t{0};
// A thread that sleeps on a semaphore.
struct WaitRow {
    std::uint32_t actor;
    std::uint32_t thread;
    std::uint64_t address;  // of the semaphore in the actor
    std::uint64_t segment;  // 0: memory of its own, which the kernel does not see
    std::uint64_t inode;
    std::uint64_t offset;
    std::uint64_t state;  // of the semaphore; docs/semaphores.md
    std::uint64_t asleep_ns;
    std::uint64_t queued_ns;  // orders the sleepers of one semaphore
    std::uint32_t taker;      // the thread that took the last token; 0: not known
    std::uint32_t reserved;
};

// A call that waits for others to do their part.
enum class CallWaits : std::uint32_t { for_member = 1, for_lock = 2 };
struct CallRow {
    std::uint32_t actor;
    std::uint32_t call;     // CallCode
    std::uint32_t awaited;  // the actor it waits for; 0: not known
    std::uint32_t why;      // CallWaits
};

// What a user has, and what each actor and each user may have at most: all ones where that is no limit.
enum class QuotaKind : std::uint32_t { actor_limit = 1, user_limit = 2, user_usage = 3 };
struct QuotaRow {
    std::uint32_t kind;  // QuotaKind
    std::uint32_t uid;   // of a user's usage
    std::uint64_t regions;
    std::uint64_t bytes;
    std::uint64_t actors;
    std::uint64_t calls;  // in flight
};

static_assert(sizeof(Prefix) == 8);
static_assert(sizeof(Actor) == 24);
static_assert(sizeof(Region) == 40);
static_assert(sizeof(Request) == 168);
static_assert(sizeof(Reply) == 136);
static_assert(sizeof(Order) == 96);
static_assert(sizeof(VersionRefusal) == 128);
static_assert(sizeof(ActorRow) == 80);
static_assert(sizeof(RegionRow) == 80);
static_assert(sizeof(WaitRow) == 72);
static_assert(sizeof(CallRow) == 16);
static_assert(sizeof(QuotaRow) == 40);
static_assert(std::has_unique_object_representations_v<Request> && std::has_unique_object_representations_v<Reply> &&
              std::has_unique_object_representations_v<Order>);
static_assert(std::has_unique_object_representations_v<ActorRow> &&
              std::has_unique_object_representations_v<RegionRow> && std::has_unique_object_representations_v<WaitRow>);

}  // namespace chorus::wire
