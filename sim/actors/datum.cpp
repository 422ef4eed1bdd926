#include "datum.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "script/cbor.hpp"

namespace {

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
    const auto value = chorus::sim::value_of({reinterpret_cast<const char *>(cbor.data()), cbor.size()});
    if (const auto *why = std::get_if<chorus::sim::NoValue>(&value))
        throw std::invalid_argument(*why == chorus::sim::NoValue::too_deep ? "a datum of more than 100 levels"
                                                                           : "not the encoding of a datum");
    return std::get<Datum>(value);
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
