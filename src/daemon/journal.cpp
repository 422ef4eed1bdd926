#include "daemon/journal.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/apply.hpp"
#include "kernel/invariants.hpp"

namespace chorus::daemon {

namespace {

constexpr std::size_t log_bytes_min = std::size_t{1} << 20;

template <class Row>
void read_row(bool put, Reader &reader, Table<Row> &rows) {
    typename Row::Key key{};
    reader(key);
    if (!put) {
        rows.erase(key);
        return;
    }
    Row row;
    reader(row);
    rows.insert_or_assign(key, row);
}

// False where there is no such table.
template <class... T>
bool read_row_of(std::uint8_t number, bool put, Reader &reader, std::tuple<T...> &tables) {
    std::uint8_t at = 0;
    return ((at++ == number && (read_row<typename T::mapped_type>(put, reader, std::get<T>(tables)), true)) || ...);
}

}  // namespace

bool Journal::create(Control &control) {
    for (int &file : control.journal_files) {
        file = memfd_create("chorus-journal", MFD_CLOEXEC);
        if (file < 0 || ftruncate(file, capacity_bytes) != 0) return false;
    }
    return true;
}

int Journal::map() {
    for (int i = 0; i < 2; ++i) {
        const int status = files_[i].map(control_.journal_files[i], memory::Access::read_write, 0, capacity_bytes);
        if (status != K_OK) return status;
    }
    return K_OK;
}

void Journal::catch_up() {
    const std::uint64_t journal = control_.journal;
    current_ = static_cast<int>(journal & 1);
    size_bytes_ = committed_bytes_ = journal >> 1;
}

void Journal::action(const Decided &decided) {
    entry(Kind::action, decided);
}

void Journal::performed(std::uint64_t settled) {
    entry(Kind::performed, settled);
}

void Journal::commit() {
    committed_bytes_ = size_bytes_;
    control_.journal = (std::uint64_t{size_bytes_} << 1) | static_cast<unsigned>(current_);
}

bool Journal::long_enough() const {
    return committed_bytes_ - std::min(committed_bytes_, checkpoint_bytes_) >
           std::max(log_bytes_min, 2 * checkpoint_bytes_);
}

void Journal::checkpoint(const kernel::State &state, const Tables &tables, std::uint64_t settled) {
    const int before = current_;
    current_ = 1 - current_;
    Writer writer(file(), capacity_bytes);
    write_checkpoint(writer, state, tables, settled);
    if (!writer.whole()) throw std::length_error("the journal is full");
    size_bytes_ = checkpoint_bytes_ = static_cast<std::size_t>(writer.at() - file());
    commit();
    fallocate(control_.journal_files[before], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, capacity_bytes);
}

bool Journal::read_entry(Reader &reader, Apply *apply, Known &known) {
    Kind kind{};
    reader(kind);
    if (!reader.whole()) return false;
    switch (kind) {
        case Kind::checkpoint: {
            std::uint32_t written_by = 0;
            reader(written_by);
            if (written_by != version) return false;
            reader(known.state, known.tables, known.settled);
            return reader.whole() && recount(known.state);
        }
        case Kind::action: {
            Decided decided;
            reader(decided);
            if (!reader.whole()) return false;
            known.unfinished = {decided.in_hand, decided.socket, apply(known.state, decided.action)};
            return true;
        }
        case Kind::performed:
            reader(known.settled);
            known.unfinished.reset();
            return reader.whole();
        case Kind::put:
        case Kind::erase: {
            std::uint8_t number = 0;
            reader(number);
            return read_row_of(number, kind == Kind::put, reader, known.tables) && reader.whole();
        }
    }
    return false;
}

std::optional<Known> Journal::read(const char *start, std::size_t size_bytes, Apply *apply, std::string *problem) {
    Reader reader(start, size_bytes);
    Known known;
    while (reader.left() > 0)
        if (const std::size_t at = size_bytes - reader.left(); !read_entry(reader, apply, known)) {
            *problem = "its entry at byte " + std::to_string(at) + " is of another version, or damaged";
            return std::nullopt;
        }
    if (const auto wrong = kernel::check(known.state)) {
        *problem = "what it says cannot be: " + *wrong;
        return std::nullopt;
    }
    const Table<WaitingRow> &waiting = table<WaitingRow>(known.tables);
    if (!waiting.empty()) known.next_waiting = waiting.rbegin()->first + 1;
    return known;
}

std::optional<Known> Journal::read(std::string *problem) const {
    return read(file(), committed_bytes_, kernel::apply, problem);
}

}  // namespace chorus::daemon
