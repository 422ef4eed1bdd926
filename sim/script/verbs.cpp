#include "script/verbs.hpp"

#include <am/afexec.h>
#include <mem/chMem.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "wire/message.hpp"

namespace chorus::sim {

namespace {

constexpr const char *inner_words[] = {"me", "sv", "nobody", "forged", "in", "kernel", "all"};
constexpr const char *modifiers[] = {"at",    "between",  "in",     "source", "room",  "to",   "like",      "stopped",
                                     "flags", "opaque",   "wide",   "desc",   "out",   "for",  "now",       "int",
                                     "int32", "readable", "system", "value",  "bytes", "byte", "sourcedesc"};

struct Constant {
    const char *name;
    std::uint64_t value;
};
constexpr Constant constants[] = {
    {"user_start", wire::user_start},
    {"user_end", wire::user_end},
    {"sv_start", wire::user_end},
    {"sv_end", wire::supervisor_end},
    {"high_start", wire::high_start},
    {"high_end", wire::high_end},
    {"null", 0},
    {"unreadable", unreadable_address},
};
constexpr Constant units[] = {
    {"page", page_bytes}, {"pages", page_bytes}, {"byte", 1},      {"bytes", 1},
    {"KiB", 1 << 10},     {"MiB", 1 << 20},      {"GiB", 1 << 30},
};

struct Word {
    const char *name;
    std::uint32_t bit;
};
constexpr Word option_table[] = {
    {"writable", K_WRITABLE}, {"executable", K_EXECUTABLE},     {"fillzero", K_FILLZERO},
    {"anywhere", K_ANYWHERE}, {"restrictive", K_RESTRICTIVE},   {"supervisor", K_SUPERVISOR},
    {"reserved", K_RESERVED}, {"inheritshare", K_INHERITSHARE}, {"inheritcopy", K_INHERITCOPY},
    {"nodemand", K_NODEMAND}, {"nowait", K_NOWAITFORMEMORY},    {"noswapout", K_NOSWAPOUT},
};
constexpr Word spawn_table[] = {
    {"user", AFX_USER_SPACE},
    {"supervisor", AFX_SUPERVISOR_SPACE},
    {"any", AFX_ANY_SPACE},
    {"trusted", AFX_TRUSTED},
};

struct Named {
    const char *name;
    std::int64_t number;
};
constexpr Named statuses[] = {
    {"K_OK", K_OK},
    {"K_EFAULT", K_EFAULT},
    {"K_EUNKNOWN", K_EUNKNOWN},
    {"K_EINVAL", K_EINVAL},
    {"K_EPRIV", K_EPRIV},
    {"K_ESIZE", K_ESIZE},
    {"K_EROUND", K_EROUND},
    {"K_EADDR", K_EADDR},
    {"K_EOVERLAP", K_EOVERLAP},
    {"K_ESPACE", K_ESPACE},
    {"K_ENOMEM", K_ENOMEM},
    {"K_EBUSY", K_EBUSY},
    {"K_ETIMEOUT", K_ETIMEOUT},
    {"K_EABORT", K_EABORT},
    {"K_ENOTIMP", K_ENOTIMP},
    {"K_EFAIL", K_EFAIL},
};
constexpr Named errors[] = {
    {"EPERM", EPERM},   {"ESRCH", ESRCH},   {"EFAULT", EFAULT}, {"EINVAL", EINVAL}, {"ENOENT", ENOENT},
    {"EACCES", EACCES}, {"ENOSYS", ENOSYS}, {"EAGAIN", EAGAIN}, {"EIO", EIO},       {"ENOMEM", ENOMEM},
};

// The row of a table that has this name, or null.
template <class Row, std::size_t N>
const Row *find(const Row (&table)[N], const std::string &name) {
    const Row *found = std::find_if(table, table + N, [&](const Row &row) { return name == row.name; });
    return found == table + N ? nullptr : found;
}

// What that row says.
template <class Row, std::size_t N, class Value>
std::optional<Value> find(const Row (&table)[N], const std::string &name, Value Row::*value) {
    const Row *found = find(table, name);
    return found == nullptr ? std::nullopt : std::optional(found->*value);
}

template <class Row, std::size_t N>
std::vector<std::string> names_of(const Row (&table)[N]) {
    std::vector<std::string> names;
    for (const Row &row : table)
        names.emplace_back(row.name);
    return names;
}

template <std::size_t N>
bool contains(const char *const (&words)[N], const std::string &word) {
    return std::find(words, words + N, word) != words + N;
}

}  // namespace

bool means_something(const std::string &word) {
    return find(constants, word) != nullptr || find_form(word) != nullptr || find_statement(word) != nullptr ||
           contains(inner_words, word);
}

bool modifies_step(const std::string &word) {
    return contains(modifiers, word) || option_bit(word) || spawn_bit(word);
}

std::vector<std::string> constant_names() {
    return names_of(constants);
}
std::vector<std::string> unit_names() {
    return names_of(units);
}
std::vector<std::string> option_names() {
    return names_of(option_table);
}
std::vector<std::string> spawn_names() {
    return names_of(spawn_table);
}
std::vector<std::string> status_names() {
    return names_of(statuses);
}
std::vector<std::string> error_names() {
    return names_of(errors);
}

std::optional<std::uint64_t> constant_value(const std::string &word) {
    return find(constants, word, &Constant::value);
}
std::optional<std::uint64_t> unit_bytes(const std::string &word) {
    return find(units, word, &Constant::value);
}

std::optional<std::uint32_t> option_bit(const std::string &word) {
    return find(option_table, word, &Word::bit);
}
std::optional<std::uint32_t> spawn_bit(const std::string &word) {
    return find(spawn_table, word, &Word::bit);
}

std::string option_words(std::uint32_t options) {
    std::string words;
    for (const Word &word : option_table)
        if ((options & word.bit) != 0) words += (words.empty() ? "" : " ") + std::string(word.name);
    return words.empty() ? "readable" : words;
}

std::string status_name(std::int64_t status) {
    for (const Named &one : statuses)
        if (one.number == status) return one.name;
    return std::to_string(status);
}

std::optional<std::int64_t> status_number(const std::string &name) {
    return find(statuses, name, &Named::number);
}

std::string error_name(std::int64_t error) {
    for (const Named &one : errors)
        if (one.number == error) return one.name;
    return "errno " + std::to_string(error);
}

}  // namespace chorus::sim
