// What an actor of a scenario is asked to do, with every argument resolved, and what comes of it. The same for both
// worlds.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace chorus::sim {

enum class Verb : std::uint8_t {
    // Calls of <chorus.h>.
    rgnAllocate,
    rgnFree,
    rgnMapFromActor,
    rgnInitFromActor,
    rgnDup,
    rgnSetProtect,
    rgnSetInherit,
    rgnSetPaging,
    rgnSetOpaque,
    rgnStat,
    vmCopy,
    vmLock,
    vmUnLock,
    vmFree,
    vmPhysAddr,
    vmMapToPhys,
    vmStat,
    vmSetPar,
    vmPageSize,
    svPagesAllocate,
    svPagesFree,
    svCopyIn,
    svCopyInString,
    svCopyOut,
    actorSelf,
    actorPrivilege,
    actorName,
    actorStat,
    actorDelete,
    actorCreate,
    actorStop,
    actorStart,
    actorPi,
    agetId,
    acap,
    akill,
    acreate,
    acred,
    afexec,
    await,
    awaits,
    semInit,
    semP,
    semV,
    absent,  // one that this version does not have
    // What programs do besides.
    read,
    write,
    fill,
    fork,
    exit,
    // What happens to the world.
    kill,
    kill_kernel,
    kill_keeper,
    kill_site,
    stop,
    go_on,
    pass,
    spawn,
    actors,
    regions,
    maps,
    waits,
    check,
};

// How a step names an actor where a call takes a capability.
struct Who {
    enum class Kind : std::uint8_t { me, supervisor_space, actor, forged, nobody, null, unreadable };
    Kind kind = Kind::me;
    std::int16_t actor = -1;  // of actor, forged
};

// What a pointer argument points at.
enum class Pointer : std::uint8_t { good, null, unreadable, read_only };

// How long a P waits.
enum class Limit : std::uint8_t { forever, not_at_all, interval, unreadable };

enum class Type : std::uint8_t { text, bytes, int8, int32, int64, value };

// Plain data, but for the text.
struct Arguments {
    Verb verb{};
    std::int16_t actor = -1;  // who does it; of what happens to the world: to whom
    std::int16_t made = -1;   // the actor that comes of it
    Who target{}, source{};
    Pointer desc = Pointer::good, source_desc = Pointer::good, out = Pointer::good;
    Limit limit = Limit::forever;
    Type type = Type::text;
    bool wide = false;  // a caller with addresses of 64 bits
    bool set = false;   // gives a new value, does not only ask for the old one
    std::uint32_t options = 0;
    std::uint32_t opaque2 = 0;
    std::uint64_t address = 0, size_bytes = 0, end = 0, opaque1 = 0;
    std::uint64_t source_address = 0, source_size_bytes = 0;
    std::uint64_t values[3] = {};
    std::int64_t limit_s = 0, limit_ns = 0;
};
static_assert(std::is_trivially_copyable_v<Arguments>);

struct Operation : Arguments {
    std::string text{};
};

// A region, or what a process has mapped.
struct Row {
    std::uint64_t start = 0, size_bytes = 0;
    std::uint32_t options = 0;
    std::uint32_t actor = 0;  // its owner, where that is not who was asked about
    std::uint64_t segment = 0, offset = 0;
    bool operator==(const Row &) const = default;
};

// Nobody has anything there.
inline constexpr std::uint64_t unreadable_address = 8;
inline constexpr std::uint64_t page_bytes = 4096;
inline constexpr std::uint64_t read_max = 65'536;

// What a write, or a fill, puts there.
inline std::string bytes_to_write(const Operation &operation) {
    const char *value = reinterpret_cast<const char *>(operation.values);
    if (operation.verb == Verb::fill) return std::string(operation.size_bytes, value[0]);
    switch (operation.type) {
        case Type::int64:
            return {value, 8};
        case Type::int32:
            return {value, 4};
        case Type::int8:
            return {value, 1};
        default:
            return operation.text;
    }
}

// How one actor has come back, or not.
struct Returned {
    enum class Kind : std::uint8_t {
        nothing,
        status,  // number: K_*
        error,   // number: an errno
        number,
        text,
        rows,     // number: how many there are
        blocked,  // it waits for others to do something
        fault,    // the process may not touch that memory
        ended,    // the actor, instead of returning
        cannot,   // the actor is in no state to make a step: text says why
        broken,   // the world cannot go on: text says why
    };
    Kind kind = Kind::nothing;
    std::int64_t number = 0;
    std::uint64_t value = 0;  // for the name that the step gives it
    std::string text{};
    std::vector<Row> rows{};
};

struct Woken {
    std::int16_t actor = -1;
    Returned result;
};

// What comes of a step.
struct Result : Returned {
    std::vector<Woken> woken{};  // whose calls have come back meanwhile, in the order of actors

    static Result of(Kind kind, std::int64_t number = 0, std::uint64_t value = 0) {
        Result result;
        result.kind = kind;
        result.number = number;
        result.value = value;
        return result;
    }
    static Result status(std::int64_t number, std::uint64_t value = 0) { return of(Kind::status, number, value); }
    static Result cannot(std::string why) {
        Result result = of(Kind::cannot);
        result.text = std::move(why);
        return result;
    }
    static Result of_text(std::string text) {
        Result result = of(Kind::text);
        result.text = std::move(text);
        return result;
    }
};

}  // namespace chorus::sim
