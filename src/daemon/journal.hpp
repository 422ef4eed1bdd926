// What a kernel knows, outside its own memory: every action, and the rows of the site's tables. docs/restart.md says
// when an entry is written and what the next kernel makes of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "daemon/control.hpp"
#include "daemon/records.hpp"
#include "daemon/tables.hpp"
#include "kernel/action.hpp"
#include "kernel/effect.hpp"
#include "kernel/state.hpp"
#include "memory/mapping.hpp"

namespace chorus::daemon {

// An action that was decided: for the message in hand, or from inside.
struct Decided {
    bool in_hand = false;
    int socket = -1;  // of a new actor, to be sent with the reply
    kernel::Action action{};
};
template <class A>
void fields(A &a, Decided &v) {
    a(v.in_hand, v.socket, v.action);
}

// What a journal says.
struct Known {
    kernel::State state{kernel::Config{}};
    Tables tables;
    std::uint64_t next_waiting = 1;
    std::uint64_t settled = 0;  // the number of the last message that is done with
    // The last action, where its effects may not all be carried out yet.
    struct Unfinished {
        bool in_hand = false;
        int socket = -1;
        kernel::Effects effects;
    };
    std::optional<Unfinished> unfinished;
};

class Journal {
  public:
    static constexpr std::uint32_t version = 2;
    static constexpr std::size_t capacity_bytes = std::size_t{1} << 32;  // of address space; memory as it is written

    // Two files, empty.
    static bool create(Control &control);
    explicit Journal(Control &control) : control_(control) {}
    // Maps both files; must be called first. A K_* status: K_ENOMEM if there is not enough address space.
    int map();

    // Begins where the last commit, of whatever process, has come to.
    void catch_up();

    // Appends, to be true from the next commit on.
    void action(const Decided &decided);
    void performed(std::uint64_t settled);
    template <class Row>
    void put(const typename Row::Key &key, const Row &row) {
        entry(Kind::put, table_number<Row>, key, row);
    }
    template <class Row>
    void erase(const typename Row::Key &key) {
        entry(Kind::erase, table_number<Row>, key);
    }
    void commit();
    // Whether anything was appended since the last commit.
    bool dirty() const { return size_bytes_ != committed_bytes_; }
    // Forgets what was appended since.
    void take_back() { size_bytes_ = committed_bytes_; }
    // Whether the journal has grown so that `checkpoint` pays; and whether an action still finds room.
    bool long_enough() const;
    bool full() const { return size_bytes_ > capacity_bytes - reserve_bytes; }
    // Begins anew with what is known now.
    void checkpoint(const kernel::State &state, const Tables &tables, std::uint64_t settled);
    static void write_checkpoint(Writer &writer, const kernel::State &state, const Tables &tables,
                                 std::uint64_t settled) {
        writer(Kind::checkpoint, version, state, tables, settled);
    }

    // What it says up to the last commit. Nothing where it cannot be read: *problem says why.
    std::optional<Known> read(std::string *problem) const;
    // The same of any bytes, which need not be those of a journal as long as `apply` can do with any action.
    using Apply = kernel::Effects(kernel::State &, const kernel::Action &);
    static std::optional<Known> read(const char *start, std::size_t size_bytes, Apply *apply, std::string *problem);

  private:
    enum class Kind : std::uint8_t { checkpoint, action, performed, put, erase };
    static constexpr std::size_t reserve_bytes = std::size_t{1} << 28;

    // Where it finds no room, nothing is written; `full` has said so long before.
    template <class... T>
    void entry(Kind kind, const T &...values) {
        Writer writer(file() + size_bytes_, capacity_bytes - size_bytes_);
        writer(kind, values...);
        if (!writer.whole()) throw std::length_error("the journal is full");
        size_bytes_ = static_cast<std::size_t>(writer.at() - file());
    }
    static bool read_entry(Reader &reader, Apply *apply, Known &known);
    char *file() const { return files_[current_].start(); }

    Control &control_;
    memory::Mapping files_[2];
    int current_ = 0;
    std::size_t size_bytes_ = 0;
    std::size_t committed_bytes_ = 0;
    std::size_t checkpoint_bytes_ = 0;
};

}  // namespace chorus::daemon
