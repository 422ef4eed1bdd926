// Values to bytes and back, for the journal. A struct is its fields: `fields(archive, value)` in records.hpp names
// them, one text for both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace chorus::daemon {

// A value that is its own bytes.
template <class T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

// Into memory of a fixed size; `whole` tells whether all found room.
class Writer {
  public:
    Writer(char *start, std::size_t size_bytes) : at_(start), left_(size_bytes) {}

    template <class... T>
    void operator()(const T &...values) {
        (one(values), ...);
    }
    void bytes(const void *from, std::size_t size_bytes) {
        if (size_bytes > left_) whole_ = false;
        if (!whole_) return;
        std::memcpy(at_, from, size_bytes);
        at_ += size_bytes;
        left_ -= size_bytes;
    }
    bool whole() const { return whole_; }
    char *at() const { return at_; }

  private:
    template <Plain T>
    void one(const T &value) {
        bytes(&value, sizeof value);
    }
    void one(const std::string &text) {
        one(text.size());
        bytes(text.data(), text.size());
    }
    template <class T>
    void one(const std::optional<T> &value) {
        one(value.has_value());
        if (value) one(*value);
    }
    template <class A, class B>
    void one(const std::pair<A, B> &value) {
        one(value.first);
        one(value.second);
    }
    template <class... T>
    void one(const std::variant<T...> &value) {
        one(static_cast<std::uint8_t>(value.index()));
        std::visit([this](const auto &held) { this->one(held); }, value);
    }
    template <class T>
    void one(const T &value) {
        if constexpr (requires { value.begin(); }) {
            one(value.size());
            for (const auto &element : value)
                one(element);
        } else {
            fields(*this, const_cast<T &>(value));  // which only reads it
        }
    }

    char *at_;
    std::size_t left_;
    bool whole_ = true;
};

// From memory that may hold anything: `whole` tells whether all that was asked for was there.
class Reader {
  public:
    Reader(const char *start, std::size_t size_bytes) : at_(start), left_(size_bytes) {}

    template <class... T>
    void operator()(T &...values) {
        (one(values), ...);
    }
    void bytes(void *to, std::size_t size_bytes) {
        if (size_bytes > left_) whole_ = false;
        if (!whole_) return;
        std::memcpy(to, at_, size_bytes);
        at_ += size_bytes;
        left_ -= size_bytes;
    }
    bool whole() const { return whole_; }
    void fail() { whole_ = false; }
    std::size_t left() const { return left_; }
    const char *at() const { return at_; }

  private:
    template <Plain T>
    void one(T &value) {
        if constexpr (std::is_same_v<T, bool>) {
            std::uint8_t byte = 0;
            bytes(&byte, sizeof byte);
            value = byte != 0;
        } else {
            bytes(&value, sizeof value);
        }
    }
    // Of something that takes at least a byte each.
    std::size_t count() {
        std::size_t number = 0;
        one(number);
        if (number > left_) whole_ = false;
        return whole_ ? number : 0;
    }
    void one(std::string &text) {
        text.resize(count());
        bytes(text.data(), text.size());
    }
    template <class T>
    void one(std::optional<T> &value) {
        bool there = false;
        one(there);
        value.reset();
        if (there && whole_) one(value.emplace());
    }
    template <class A, class B>
    void one(std::pair<A, B> &value) {
        one(const_cast<std::remove_const_t<A> &>(value.first));
        one(value.second);
    }
    template <class... T>
    void one(std::variant<T...> &value) {
        std::uint8_t index = 0;
        one(index);
        const bool known = pick(value, index, std::index_sequence_for<T...>());
        if (!known) whole_ = false;
    }
    template <class... T, std::size_t... I>
    bool pick(std::variant<T...> &value, std::size_t index, std::index_sequence<I...>) {
        return ((index == I && (one(value.template emplace<I>()), true)) || ...);
    }
    template <class T>
    void one(std::vector<T> &values) {
        values.clear();
        for (std::size_t left = count(); left > 0 && whole_; --left)
            one(values.emplace_back());
    }
    template <class Key>
    void one(std::set<Key> &values) {
        values.clear();
        for (std::size_t left = count(); left > 0 && whole_; --left) {
            Key key{};
            one(key);
            values.insert(std::move(key));
        }
    }
    template <class Map>
    void read_map(Map &values) {
        values.clear();
        for (std::size_t left = count(); left > 0 && whole_; --left) {
            typename Map::key_type key{};
            one(key);
            one(values[key]);
        }
    }
    template <class Key, class T>
    void one(std::map<Key, T> &values) {
        read_map(values);
    }
    template <class Key, class T>
    void one(std::unordered_map<Key, T> &values) {
        read_map(values);
    }
    template <class T>
    void one(T &value) {
        fields(*this, value);
    }

    const char *at_;
    std::size_t left_;
    bool whole_ = true;
};

}  // namespace chorus::daemon
