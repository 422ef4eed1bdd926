// Scheme data as JSON values, which have a CBOR encoding. A list is an array, a string a string, a byte vector a binary
// value, and an integer an integer; what JSON does not know is an object of one member, named after what it is:
// {"symbol": "ciao"}, {"vector": [3, 4]}.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using Datum = nlohmann::json;

inline Datum list(Datum::array_t items) {
    return Datum(std::move(items));
}
inline Datum vector(Datum::array_t items) {
    return Datum::object({{"vector", list(std::move(items))}});
}
inline Datum symbol(std::string name) {
    return Datum::object({{"symbol", std::move(name)}});
}
inline Datum bytes(std::vector<std::uint8_t> values) {
    return Datum::binary(std::move(values));
}

// From bytes of any origin. Throws std::exception where they are no encoding, or nest deeper than 100 levels.
Datum decode(const std::vector<std::uint8_t> &cbor);

// As Scheme writes it. Throws std::exception where `datum` stands for nothing that Scheme knows.
std::string written(const Datum &datum);
