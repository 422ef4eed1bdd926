// A capability: the unique id of an actor and its key. Whoever presents it may act on the actor.
//
// It is plain data, laid out as KnCap: it may be copied, lie in a region, and pass as text in arguments.
#pragma once

#include <algorithm>
#include <chorus/error.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace chorus {

class Capability {
  public:
    // No actor's.
    constexpr Capability() = default;
    constexpr Capability(const KnCap &cap) : cap_(cap) {}

    // Reads what text() writes: four words with blanks between and around them (unique id head and tail, key head and
    // tail), each a number of 32 bits, with 0x for hexadecimal. Status::invalid: anything else. Whether there is such
    // an actor is not looked at. Does not block. [readCap]
    static Capability parse(std::string_view text, OnRefusal on_refusal = {});
    // The same from the first four of a program's arguments, `argv + 1` for most; they end with a null pointer.
    static Capability parse(char **words, OnRefusal on_refusal = {});

    // As "0x2b0bab 0x1 0x7c27b3fd 0xbc3b091f".
    std::string text() const;
    // The four words of text(), to be passed as arguments.
    std::vector<std::string> words() const;

    const KnCap &c_cap() const { return cap_; }

    friend constexpr bool operator==(const Capability &one, const Capability &other) {
        return one.cap_.ui.uiHead == other.cap_.ui.uiHead && one.cap_.ui.uiTail == other.cap_.ui.uiTail &&
               one.cap_.key.keyHead == other.cap_.key.keyHead && one.cap_.key.keyTail == other.cap_.key.keyTail;
    }

  private:
    KnCap cap_{};
};
static_assert(sizeof(Capability) == sizeof(KnCap) && std::is_trivially_copyable_v<Capability>);

inline Capability Capability::parse(char **words, OnRefusal on_refusal) {
    KnCap cap{};
    on_refusal.accepts(readCap(words, &cap), "readCap");
    return cap;
}

inline Capability Capability::parse(std::string_view text, OnRefusal on_refusal) {
    constexpr std::string_view blanks = " \t\n";
    std::vector<std::string> words;
    for (auto at = text.find_first_not_of(blanks); at != text.npos; at = text.find_first_not_of(blanks, at)) {
        const auto end = std::min(text.find_first_of(blanks, at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end;
    }
    if (words.size() != 4) {
        on_refusal.accepts(K_EINVAL, "readCap");
        return {};
    }
    char *pointers[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    return parse(pointers, on_refusal);
}

inline std::vector<std::string> Capability::words() const {
    std::vector<std::string> words;
    for (const unsigned int word : {cap_.ui.uiHead, cap_.ui.uiTail, cap_.key.keyHead, cap_.key.keyTail}) {
        char text[sizeof "0x12345678"];
        std::snprintf(text, sizeof text, "0x%x", word);
        words.emplace_back(text);
    }
    return words;
}

inline std::string Capability::text() const {
    std::string text;
    for (const std::string &word : words())
        text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace chorus
