#include "datum.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace {

// nlohmann's parser calls itself for every level, and for every piece of a string that comes in pieces: 60,000 of them,
// each one byte, would take it past the end of its stack. This walk over the heads of all items, without recursion,
// lets pass only what encodes a Datum: integers, and strings, arrays and maps that say how long they are.
void check_shape(const std::vector<std::uint8_t> &cbor) {
    constexpr std::size_t most_levels = 100;
    enum Major { positive, negative, byte_string, text_string, array, map };
    const auto require = [](bool fulfilled) {
        if (!fulfilled) throw std::invalid_argument("not the encoding of a datum, or one of too many levels");
    };
    std::vector<std::uint64_t> missing{1};  // of each level that is open: how many items of it are to come
    std::size_t at = 0;
    while (!missing.empty()) {
        if (missing.back() == 0) {
            missing.pop_back();
            continue;
        }
        --missing.back();
        require(at < cbor.size());
        const int major = cbor[at] >> 5;
        std::uint64_t argument = cbor[at++] & 0x1f;
        if (argument >= 24) {  // it stands in the next 1, 2, 4 or 8 bytes
            require(argument <= 27);
            const std::size_t end = at + (std::size_t{1} << (argument - 24));
            require(end <= cbor.size());
            for (argument = 0; at < end; ++at)
                argument = argument << 8 | cbor[at];
        }
        require(major <= map);
        if (major >= byte_string) require(argument <= cbor.size() - at);  // an item takes a byte or more
        if (major == byte_string || major == text_string) at += argument;
        if (major == array || major == map) missing.push_back(major == map ? 2 * argument : argument);
        require(missing.size() <= most_levels + 1);
    }
    require(at == cbor.size());
}

template <class Items, class Write>
std::string enclosed(const char *opening, const Items &items, Write write) {
    std::string text;
    for (const auto &item : items)
        text += (text.empty() ? "" : " ") + write(item);
    return opening + text + ")";
}

bool plain(const std::string &name) {
    const auto visible = [](unsigned char character) { return std::isgraph(character) != 0; };
    return !name.empty() && std::all_of(name.begin(), name.end(), visible);
}

const Datum *member(const Datum &datum, const char *name) {
    const bool named = datum.is_object() && datum.size() == 1 && datum.contains(name);
    return named ? &datum[name] : nullptr;
}

}  // namespace

Datum decode(const std::vector<std::uint8_t> &cbor) {
    check_shape(cbor);
    return Datum::from_cbor(cbor);
}

std::string written(const Datum &datum) {
    if (datum.is_number_integer() || datum.is_string()) return datum.dump();
    if (datum.is_binary())
        return enclosed("#vu8(", datum.get_binary(), [](std::uint8_t value) { return std::to_string(value); });
    if (datum.is_array()) return enclosed("(", datum, written);
    if (const Datum *items = member(datum, "vector"); items != nullptr && items->is_array())
        return enclosed("#(", *items, written);
    if (const Datum *name = member(datum, "symbol"); name != nullptr && name->is_string() && plain(*name)) return *name;
    throw std::invalid_argument("not a Scheme datum: " + datum.dump());
}
