#include "script/cbor.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace chorus::sim {

namespace {

enum class Shape { value, other_bytes, too_deep };

// nlohmann's parser calls itself for every level, and for every piece of a string that comes in pieces: 60,000 of them,
// each one byte, would take it past the end of its stack. And it throws where an array is to have more items than there
// is memory. This walk over the heads of all items, without recursion, is made before.
Shape shape_of(std::string_view cbor) {
    constexpr std::size_t levels_max = 100;
    enum Major { positive, negative, byte_string, text_string, array, map, tag, other };
    std::vector<std::uint64_t> missing{1};  // of each level that is open: how many items of it are to come
    std::size_t at = 0;
    const auto byte = [&] { return static_cast<unsigned char>(cbor[at++]); };
    while (!missing.empty()) {
        if (missing.back() == 0) {
            missing.pop_back();
            continue;
        }
        --missing.back();
        if (at == cbor.size()) return Shape::other_bytes;
        const unsigned head = byte();
        const unsigned major = head >> 5;
        std::uint64_t argument = head & 0x1f;
        if (argument > 27 || major == tag) return Shape::other_bytes;
        if (argument >= 24) {  // it stands in the next 1, 2, 4 or 8 bytes
            std::size_t left = std::size_t{1} << (argument - 24);
            if (left > cbor.size() - at) return Shape::other_bytes;
            for (argument = 0; left > 0; --left)
                argument = argument << 8 | byte();
        }
        if (major < byte_string || major > map) continue;
        if (argument > cbor.size() - at) return Shape::other_bytes;  // an item takes a byte or more
        if (major == byte_string || major == text_string)
            at += argument;
        else
            missing.push_back(major == map ? 2 * argument : argument);
        if (missing.size() > levels_max + 1) return Shape::too_deep;
    }
    return at == cbor.size() ? Shape::value : Shape::other_bytes;
}

}  // namespace

std::variant<nlohmann::json, NoValue> value_of(std::string_view cbor) {
    const Shape shape = shape_of(cbor);
    if (shape != Shape::value) return shape == Shape::too_deep ? NoValue::too_deep : NoValue::other_bytes;
    auto value = nlohmann::json::from_cbor(cbor, true, false);
    if (value.is_discarded()) return NoValue::other_bytes;
    return value;
}

std::variant<std::string, NoValue> json_of_cbor(std::string_view cbor) {
    const auto value = value_of(cbor);
    if (const auto *why = std::get_if<NoValue>(&value)) return *why;
    return std::get<nlohmann::json>(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::variant<std::string, NoJson> cbor_of_json(const std::string &json, int levels_max) {
    struct TooDeep {};
    const auto shallow = [levels_max](int level, nlohmann::json::parse_event_t, nlohmann::json &) {
        if (level > levels_max) throw TooDeep();
        return true;
    };
    try {
        const auto cbor = nlohmann::json::to_cbor(nlohmann::json::parse(json, shallow));
        return std::string(cbor.begin(), cbor.end());
    } catch (const TooDeep &) {
        return NoJson::too_deep;
    } catch (const nlohmann::json::exception &) {
        return NoJson::malformed;
    }
}

}  // namespace chorus::sim
