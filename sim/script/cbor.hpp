// Values in CBOR that may be any bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <variant>

namespace chorus::sim {

enum class NoValue {
    other_bytes,  // no CBOR, or none of one value, or an item that does not begin with how long it is
    too_deep      // arrays and maps in each other, of more than 100 levels
};
std::variant<nlohmann::json, NoValue> value_of(std::string_view cbor);

}  // namespace chorus::sim
