// The rows of a site's own tables, as the journal keeps them: what a site has outside the kernel's state, by the
// numbers of descriptors, which outlive a kernel process.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <tuple>
#include <type_traits>

#include "kernel/types.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::daemon {

// What the other end of a connection is.
enum class Holder : std::uint8_t { unknown, console, actor, service };

struct ConnectionRow {
    using Key = int;  // the socket
    Holder holder = Holder::unknown;
    wire::Peer peer;
    kernel::ActorId actor{};
};

struct ProcessRow {
    using Key = kernel::ActorId;
    int connection = -1;
    int service = -1;
    int status = -1;
    int pidfd = -1;
    std::uint32_t pid = 0;
    bool condemned = false;
    std::uint64_t claim = 0;
};

struct SegmentRow {
    using Key = kernel::SegmentId;
    int file = -1;
    std::uint64_t size_bytes = 0;
};

// An order that its member has not followed yet.
struct OrderRow {
    struct Key {
        kernel::ActorId member{};
        std::uint64_t turn = 0;
        auto operator<=>(const Key &) const = default;
    };
    wire::Order order{};
};

struct WaitingRow {
    using Key = std::uint64_t;  // counts calls that wait: the order in which they came
    int socket = -1;
    wire::Request request{};
    std::uint64_t change = 0;
    std::int64_t deadline_ns = 0;
};

// By which the memory layer knows a segment.
inline std::uint64_t number(kernel::SegmentId id) {
    return static_cast<std::uint64_t>(id);
}

template <class Row>
using Table = std::map<typename Row::Key, Row>;

using Tables =
    std::tuple<Table<ConnectionRow>, Table<ProcessRow>, Table<SegmentRow>, Table<OrderRow>, Table<WaitingRow>>;

// Of the table of a row among them: it stands in the journal.
template <class Row, class... T>
constexpr std::uint8_t table_number_in(const std::tuple<T...> *) {
    std::uint8_t number = 0;
    for (const bool here : {std::is_same_v<T, Table<Row>>...}) {
        if (here) break;
        ++number;
    }
    return number;
}
template <class Row>
inline constexpr std::uint8_t table_number = table_number_in<Row>(static_cast<const Tables *>(nullptr));

template <class Row>
Table<Row> &table(Tables &tables) {
    return std::get<Table<Row>>(tables);
}

}  // namespace chorus::daemon
