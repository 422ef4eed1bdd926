// The JSON that commands print. Only json.cpp includes the library behind it, which is slow to compile.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace chorus::cli {

class Json {
  public:
    using List = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;
    using Value = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, std::string, List, Object>;

    Json() = default;  // null
    Json(bool value) : value_(value) {}
    Json(std::unsigned_integral auto number) : value_(std::uint64_t{number}) {}
    Json(std::signed_integral auto number) : value_(std::int64_t{number}) {}
    Json(std::string text) : value_(std::move(text)) {}
    Json(const char *text) : value_(std::string(text)) {}
    Json(List list) : value_(std::move(list)) {}
    Json(Object object) : value_(std::move(object)) {}

    const Value &value() const { return value_; }

  private:
    Value value_;
};

enum class JsonLayout { indented, one_line };
// Ends with a newline. The fields of an object are in alphabetical order. Bytes that are not UTF-8 are replaced.
std::string text_of(const Json &json, JsonLayout layout);

}  // namespace chorus::cli
