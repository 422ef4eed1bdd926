#include "client/kernel_token.hpp"

#include <sys/auxv.h>
#include <sys/random.h>

#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace chorus::client {

namespace {

constexpr std::size_t word_digits = 16;
constexpr std::size_t text_size = 3 * word_digits + 1;
constexpr std::size_t name_size = std::char_traits<char>::length(token_variable);

// "CHORUS_PRIVATE=" and the value, as it is in the environment. Null until there is something to pass on, or a place in
// the environment is kept for it.
char *setting = nullptr;

char *value_of_setting() {
    return setting + name_size + 1;
}

// Never freed: it may be in the environment.
void make_setting() {
    setting = new char[name_size + 1 + text_size + 1]();
    std::memcpy(setting, token_variable, name_size);
    setting[name_size] = '=';
}

std::optional<std::uint64_t> parse_word(std::string_view digits) {
    std::uint64_t word = 0;
    for (const char digit : digits) {
        const bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && (digit < 'a' || digit > 'f')) return std::nullopt;
        word = word << 4 | static_cast<std::uint64_t>(decimal ? digit - '0' : digit - 'a' + 10);
    }
    return word;
}

}  // namespace

std::optional<KernelToken> draw_token() {
    KernelToken token;
    if (getrandom(&token, sizeof token, 0) != sizeof token) return std::nullopt;
    return token;
}

std::string site_of(const KernelToken &token) {
    return "private-" + text_of(token).substr(0, word_digits);
}

std::string text_of(const KernelToken &token) {
    char text[text_size + 1];
    std::snprintf(text, sizeof text, "%016" PRIx64 ":%016" PRIx64 "%016" PRIx64, token.handle, token.secret[0],
                  token.secret[1]);
    return text;
}

std::optional<KernelToken> parse_token(std::string_view text) {
    if (text.size() != text_size || text[word_digits] != ':') return std::nullopt;
    const auto handle = parse_word(text.substr(0, word_digits));
    const auto first = parse_word(text.substr(word_digits + 1, word_digits));
    const auto second = parse_word(text.substr(2 * word_digits + 1));
    // A secret of zeros is none.
    if (!handle || !first || !second || (*first | *second) == 0) return std::nullopt;
    return KernelToken{*handle, {*first, *second}};
}

bool has_more_rights_than_its_caller() {
    return getauxval(AT_SECURE) != 0;
}

std::optional<KernelToken> inherited_token() {
    const char *value = has_more_rights_than_its_caller() ? nullptr : std::getenv(token_variable);
    return value == nullptr ? std::nullopt : parse_token(value);
}

void keep_token_variable(bool handed_on) {
    const char *inherited = std::getenv(token_variable);
    const char *site = std::getenv("CHORUS_SITE");
    const bool may_start_a_kernel = !handed_on && (site == nullptr || *site == '\0');
    if (inherited == nullptr && !may_start_a_kernel) return;
    const auto token = inherited_token();
    make_setting();
    pass_on(token);
    putenv(setting);
}

void pass_on(const std::optional<KernelToken> &token) {
    if (setting == nullptr && !token) return;
    if (setting == nullptr) make_setting();
    const std::string text = token ? text_of(*token) : std::string(text_size, '\0');
    char *value = value_of_setting();
    // Another thread may be copying the environment: the value is empty until it is whole.
    __atomic_store_n(&value[0], '\0', __ATOMIC_SEQ_CST);
    for (std::size_t i = 1; i < text_size; ++i)
        __atomic_store_n(&value[i], text[i], __ATOMIC_RELAXED);
    __atomic_store_n(&value[0], text[0], __ATOMIC_RELEASE);
}

char *token_setting() {
    return setting == nullptr || *value_of_setting() == '\0' ? nullptr : setting;
}

}  // namespace chorus::client
