#include "cli/json.hpp"

#include <nlohmann/json.hpp>

namespace chorus::cli {

namespace {

nlohmann::json converted(const Json &json);

struct Converter {
    nlohmann::json operator()(const Json::List &list) const {
        auto result = nlohmann::json::array();
        for (const Json &element : list)
            result.push_back(converted(element));
        return result;
    }
    nlohmann::json operator()(const Json::Object &object) const {
        auto result = nlohmann::json::object();
        for (const auto &[name, value] : object)
            result[name] = converted(value);
        return result;
    }
    nlohmann::json operator()(const auto &value) const { return value; }
};

nlohmann::json converted(const Json &json) {
    return std::visit(Converter(), json.value());
}

}  // namespace

std::string text_of(const Json &json, JsonLayout layout) {
    const int indent = layout == JsonLayout::indented ? 2 : -1;
    return converted(json).dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace chorus::cli
