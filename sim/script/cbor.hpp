// Values in CBOR that may be any bytes, and as JSON texts. nlohmann's header is slow to compile: of the scenario
// language, only cbor.cpp includes it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace chorus::sim {

enum class NoValue {
    other_bytes,  // no CBOR, or none of one value, or an item that does not begin with how long it is
    too_deep      // arrays and maps in each other, of more than 100 levels
};
std::variant<nlohmann::json, NoValue> value_of(std::string_view cbor);

// The JSON text of a value, as `read value` shows it: without blanks, and with replacement characters for bytes that
// are not UTF-8.
std::variant<std::string, NoValue> json_of_cbor(std::string_view cbor);

enum class NoJson { malformed, too_deep };
// The CBOR of a JSON text of at most so many levels: reading it takes a part of the stack for each.
std::variant<std::string, NoJson> cbor_of_json(const std::string &json, int levels_max = 64);

}  // namespace chorus::sim
