#include "script/arguments.hpp"

#include <mem/chMem.h>

#include <algorithm>
#include <string>
#include <vector>

#include "client/nearest.hpp"
#include "script/cbor.hpp"
#include "script/values.hpp"

namespace chorus::sim {

namespace {

class ArgumentReader {
  public:
    ArgumentReader(Line &line, KnownNames &names, Step &made)
        : line_(line), names_(names), made_(made), arguments_(made.arguments) {}

    void run(const Form &form) {
        for (const char *position = form.positions; *position != '\0'; ++position)
            positional(*position);
        while (!line_.at_end())
            if (!extra(form.extras)) unknown_extra(form.extras);
        defaults();
    }

  private:
    // A misspelt option is reported and left out. Anything else ends the reading of the step.
    void unknown_extra(const char *letters) {
        std::vector<std::string> alone, meant;  // words that stand alone, and all of them
        if (after_number_) alone = unit_names();
        for (const char *letter = letters; *letter != '\0'; ++letter)
            add_words(*letter, alone, meant);
        meant.insert(meant.end(), alone.begin(), alone.end());
        const Token token = line_.peek();
        const std::string nearest = token.kind == Token::Kind::word ? client::nearest_name(token.text, meant) : "";
        if (std::find(alone.begin(), alone.end(), nearest) == alone.end()) line_.fail("the end of the step", meant);
        line_.report_at(token.column, "unknown word '" + token.text + "'; did you mean '" + nearest + "'?");
        line_.take();
    }

    // The words of what may follow.
    static void add_words(char letter, std::vector<std::string> &alone, std::vector<std::string> &others) {
        const auto add = [](std::vector<std::string> &to, const std::vector<std::string> &words) {
            to.insert(to.end(), words.begin(), words.end());
        };
        switch (letter) {
            case 'i':
                return add(others, {"in"});
            case '@':
                return add(others, {"at"});
            case 'b':
                return add(others, {"between"});
            case 'o':
                add(alone, {"readable"});
                return add(alone, option_names());
            case 'q':
                return add(others, {"opaque"});
            case 'S':
                return add(others, {"source"});
            case 'F':
                return add(others, {"flags"});
            case 'W':
                return add(alone, {"wide"});
            case 'D':
                return add(others, {"desc"});
            case 'R':
                return add(others, {"sourcedesc"});
            case 'O':
                return add(others, {"out"});
            case 'r':
                return add(others, {"room"});
            case 'L':
                return add(others, {"like"});
            case 'C':
                return add(alone, {"stopped", "user", "system", "supervisor"});
            case 'E':
                return add(alone, spawn_names());
            case 't':
                return add(others, {"now", "for", "unreadable"});
            case 'P':
            case 'N':
            case 'I':
            case 'G':
                return add(others, {"to"});
            default:
                return;
        }
    }

    // The next word is no name, but almost one of these.
    bool misspelt(const std::vector<std::string> &words) const {
        const Token &token = line_.peek();
        return token.kind == Token::Kind::word && !constant_value(token.text) && names_.find_slot(token.text) < 0 &&
               !client::nearest_name(token.text, words).empty();
    }

    void field(Field which, Behind behind = Behind::anything) {
        made_.fields.emplace_back(which, read_expression(line_, names_, behind));
        after_number_ = true;
    }

    void positional(char letter) {
        switch (letter) {
            case 'n':
                // `rgnFree all` has no size.
                if (arguments_.verb == Verb::rgnFree && (arguments_.options & K_FREEALL) != 0) return;
                return field(Field::size_bytes);
            case 'A':
                if (line_.accept_word("all")) {
                    arguments_.options |= K_FREEALL;
                    return;
                }
                return field(Field::address);
            case 'a':
                // `write s+8 bytes 1 2` is not 8 bytes.
                if (arguments_.verb == Verb::read || arguments_.verb == Verb::write)
                    return field(Field::address, Behind::type);
                return field(Field::address);
            case 's':
                return field(Field::source_address);
            case 'v':
                return field(Field::value0);
            case 'V':
                return field(Field::value1);
            case 'X':
                return field(Field::value2);
            case 'w':
                arguments_.target = names_.read_who(line_);
                return;
            case 'f':
                arguments_.source = names_.read_who(line_);
                return;
            default:
                throw std::logic_error("a position without a meaning");
        }
    }

    Pointer pointer() {
        if (!line_.accept_sign("=")) line_.fail("'='");
        if (line_.accept_word("null")) return Pointer::null;
        if (line_.accept_word("unreadable")) return Pointer::unreadable;
        if (line_.accept_word("readonly")) return Pointer::read_only;
        line_.fail("null, unreadable or readonly", {"null", "unreadable", "readonly"});
    }

    // Takes one of what may follow; false where the next word is none.
    bool extra(const char *letters) {
        for (const char *letter = letters; *letter != '\0'; ++letter)
            if (one_extra(*letter)) return true;
        return false;
    }

    bool one_extra(char letter) {
        switch (letter) {
            case 'i':
                if (!line_.accept_word("in")) return false;
                arguments_.target = names_.read_who(line_);
                return true;
            case '@':
                if (!line_.accept_word("at")) return false;
                arguments_.options &= ~K_ANYWHERE;
                field(Field::address);
                return true;
            case 'b':
                if (!line_.accept_word("between")) return false;
                arguments_.options = (arguments_.options & ~K_ANYWHERE) | K_RESTRICTIVE;
                field(Field::address);
                field(Field::end);
                return true;
            case 'o':
                return line_.accept_word("readable") || option(option_bit);
            case 'q':
                if (!line_.accept_word("opaque")) return false;
                field(Field::opaque1);
                field(Field::opaque2);
                return true;
            case 'S':
                if (!line_.accept_word("source")) return false;
                field(Field::source_size_bytes);
                return true;
            case 'F':
                if (!line_.accept_word("flags")) return false;
                field(Field::options);
                return true;
            case 'W':
                if (!line_.accept_word("wide")) return false;
                arguments_.wide = true;
                return true;
            case 'D':
                if (!line_.accept_word("desc")) return false;
                arguments_.desc = pointer();
                return true;
            case 'R':
                if (!line_.accept_word("sourcedesc")) return false;
                arguments_.source_desc = pointer();
                return true;
            case 'O':
                if (!line_.accept_word("out")) return false;
                arguments_.out = pointer();
                return true;
            case 'r':
                if (!line_.accept_word("room")) return false;
                arguments_.set = true;
                field(Field::value0);
                return true;
            default:
                return one_more(letter);
        }
    }

    // Those of single calls.
    bool one_more(char letter) {
        switch (letter) {
            case 'P':
                if (!line_.accept_word("to")) return false;
                arguments_.set = true;
                privilege();
                return true;
            case 'N':
                if (!line_.accept_word("to")) return false;
                arguments_.set = true;
                made_.text = line_.quoted("the new name, in quotes");
                return true;
            case 'I':
                if (!line_.accept_word("to")) return false;
                arguments_.set = true;
                for (const Field value : {Field::value0, Field::value1, Field::value2})
                    field(value);
                return true;
            case 'G':
                if (!line_.accept_word("to")) return false;
                arguments_.set = true;
                for (const Field value : {Field::value0, Field::value1})
                    field(value);
                return true;
            case 'L':
                if (!line_.accept_word("like")) return false;
                arguments_.target = names_.read_who(line_);
                return true;
            case 'C':
                if (line_.accept_word("stopped")) {
                    arguments_.values[1] = 1;
                    return true;
                }
                if (!line_.is_word("user") && !line_.is_word("system") && !line_.is_word("supervisor") &&
                    !line_.is_word("privilege"))
                    return false;
                line_.accept_word("privilege");
                privilege();
                return true;
            case 'E':
                return option(spawn_bit);
            case 't':
                return limit();
            case 'Y':
                return read_as();
            case 'Z':
                return write_as();
            default:
                throw std::logic_error("an extra without a meaning");
        }
    }

    // A word that is a bit.
    bool option(std::optional<std::uint32_t> bit_of(const std::string &)) {
        if (line_.peek().kind != Token::Kind::word) return false;
        const auto bit = bit_of(line_.peek().text);
        if (!bit) return false;
        line_.take();
        arguments_.options |= *bit;
        return true;
    }

    void privilege() {
        if (line_.accept_word("user"))
            arguments_.values[0] = 0;
        else if (line_.accept_word("system"))
            arguments_.values[0] = 1;
        else if (line_.accept_word("supervisor"))
            arguments_.values[0] = 2;
        else if (misspelt({"user", "system", "supervisor"}))
            line_.fail("user, system or supervisor", {"user", "system", "supervisor"});
        else
            field(Field::value0);
    }

    bool limit() {
        if (line_.accept_word("now")) {
            arguments_.limit = Limit::not_at_all;
            return true;
        }
        if (line_.accept_word("unreadable")) {
            arguments_.limit = Limit::unreadable;
            return true;
        }
        const bool said = line_.accept_word("for");  // a time below 0 would be a difference otherwise
        if (!read_time(line_, arguments_)) {
            if (said) line_.fail("a time");
            return false;
        }
        arguments_.limit = Limit::interval;
        return true;
    }

    bool read_as() {
        if (arguments_.set) return false;
        arguments_.set = true;
        if (line_.accept_word("int")) {
            arguments_.type = Type::int64;
        } else if (line_.accept_word("int32")) {
            arguments_.type = Type::int32;
        } else if (line_.accept_word("byte")) {
            arguments_.type = Type::int8;
        } else if (line_.accept_word("value")) {
            arguments_.type = Type::value;
        } else {
            const std::vector<std::string> types{"int", "int32", "byte", "bytes", "value"};
            if (line_.accept_word("bytes"))
                arguments_.type = Type::bytes;
            else if (misspelt(types))
                line_.fail("a size, int, int32, byte, bytes or value", types);
            field(Field::size_bytes);
        }
        return true;
    }

    bool write_as() {
        if (arguments_.set) return false;
        arguments_.set = true;
        if (line_.peek().kind == Token::Kind::text) {
            made_.text = line_.take().text;
        } else if (line_.accept_word("bytes")) {
            arguments_.type = Type::bytes;
            while (line_.peek().kind == Token::Kind::number)
                made_.text += static_cast<char>(line_.take().number);
        } else if (line_.accept_word("value")) {
            arguments_.type = Type::value;
            const Token token = line_.peek();
            const auto cbor = cbor_of_json(line_.raw());
            if (const auto *why = std::get_if<NoJson>(&cbor))
                line_.fail_at(token, *why == NoJson::too_deep ? "this value is too deep" : "expected a value in JSON");
            const auto length = static_cast<std::uint32_t>(std::get<std::string>(cbor).size());
            made_.text.assign(reinterpret_cast<const char *>(&length), sizeof length);
            made_.text += std::get<std::string>(cbor);
        } else {
            arguments_.type = line_.accept_word("int")     ? Type::int64
                              : line_.accept_word("int32") ? Type::int32
                              : line_.accept_word("byte")  ? Type::int8
                                                           : Type::text;
            if (arguments_.type == Type::text)
                line_.fail("a text, int, int32, byte, bytes or value", {"int", "int32", "byte", "bytes", "value"});
            field(Field::value0);
        }
        return true;
    }

    // What follows from what is not said.
    void defaults() {
        if (arguments_.verb != Verb::rgnMapFromActor && arguments_.verb != Verb::rgnInitFromActor) return;
        if (find_field(Field::source_size_bytes) != nullptr) return;
        if (const Expression *size_bytes = find_field(Field::size_bytes))
            made_.fields.emplace_back(Field::source_size_bytes, Expression(*size_bytes));
    }

    const Expression *find_field(Field which) const {
        const auto it = std::find_if(made_.fields.begin(), made_.fields.end(),
                                     [which](const auto &field) { return field.first == which; });
        return it == made_.fields.end() ? nullptr : &it->second;
    }

    Line &line_;
    KnownNames &names_;
    Step &made_;
    Arguments &arguments_;
    bool after_number_ = false;  // a unit may follow
};

}  // namespace

void read_arguments(Line &line, KnownNames &names, const Form &form, Step &made) {
    try {
        ArgumentReader(line, names, made).run(form);
    } catch (const ScriptError &error) {
        const std::string what = error.what();
        throw ScriptError(error.line, error.column, what.ends_with("?") ? what : what + "; usage: " + form.usage);
    }
}

}  // namespace chorus::sim
