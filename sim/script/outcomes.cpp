#include "script/outcomes.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <variant>

#include "client/nearest.hpp"
#include "script/cbor.hpp"
#include "script/render.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

bool is_number(const std::string &text) {
    const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
    const std::string digits = text.substr(sign);
    const bool plain = digits == "0" || (!digits.empty() && digits[0] != '0');
    return plain && digits.size() <= 20 && digits.find_first_not_of("0123456789") == std::string::npos;
}

bool is_word(const std::string &text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

// Numbers with one blank between them.
bool are_numbers(const std::string &text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    for (std::size_t at = 0; at <= text.size(); ++count) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (!is_number(text.substr(at, end - at))) return false;
        at = end + 1;
    }
    return count >= least && count <= most;
}

// "WORD N"
bool is_counted(const std::string &text, const std::string &word) {
    return text.compare(0, word.size() + 1, word + " ") == 0 && is_number(text.substr(word.size() + 1));
}

// A text in quotes, written as outcomes are.
bool is_text(const std::string &text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    const Line line(text, 0);
    return line.peek().kind == Token::Kind::text && quote(line.peek().text) == text;
}

// As `read value` shows it: of at most 101 levels. Nothing if it is not JSON.
std::string as_shown(const std::string &json) {
    const auto cbor = cbor_of_json(json, 101);
    if (!std::holds_alternative<std::string>(cbor)) return {};
    const auto shown = json_of_cbor(std::get<std::string>(cbor));
    return std::holds_alternative<std::string>(shown) ? std::get<std::string>(shown) : "";
}

bool is_value(const std::string &text) {
    return text == "no value" || text == "a value of too many levels" || as_shown(text) == text;
}

bool is_one_of(const std::string &text, const std::vector<std::string> &words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// "N" or "N: regions"
bool is_listing(const std::string &text) {
    const auto colon = text.find(": ");
    return is_number(text.substr(0, colon)) && (colon == std::string::npos || colon + 2 < text.size());
}

// "exit N" or "exit N, TEXT", or something with * for a part of that.
bool is_end_of_program(const std::string &text) {
    if (text.find('*') != std::string::npos && text.find('"') == std::string::npos) return true;
    const auto comma = text.find(", ");
    return is_counted(text.substr(0, comma), "exit") && (comma == std::string::npos || is_text(text.substr(comma + 2)));
}

bool are_marks(const std::string &text) {
    const char *const words[] = {"red", "orange", "green", "locked"};
    std::size_t at = 0;
    for (const char *word : words) {
        const std::size_t end = std::min(text.find(", ", at), text.size());
        if (at > end || !is_counted(text.substr(at, end - at), word)) return false;
        at = end + 2;
    }
    return at == text.size() + 2;
}

// A kind of outcomes: the letter stands in the tables of forms.cpp.
struct Shape {
    char letter;
    const char *description;
    bool (*fits)(const std::string &);
    std::vector<std::string> words{};  // those that it consists of, for suggestions
};

const std::vector<Shape> &shapes() {
    static const std::vector<Shape> all{
        {'k', "K_OK or another K_* code", [](const std::string &text) { return is_one_of(text, status_names()); },
         status_names()},
        {'e', "an errno code like ESRCH",
         [](const std::string &text) { return is_one_of(text, error_names()) || is_counted(text, "errno"); },
         error_names()},
        {'n', "a decimal number", is_number},
        {'t', "a text in quotes", is_text},
        {'b', "bytes (1 2 255)", [](const std::string &text) { return are_numbers(text, 1, text.size()); }},
        {'v',
         "a value in JSON without blanks, 'no value' or 'a value of too many levels'",
         is_value,
         {"no value", "a value of too many levels"}},
        {'r',
         "regions (s 2 pages writable) or 'none'",
         [](const std::string &text) { return text == "none" || text.find(' ') != std::string::npos; },
         {"none"}},
        {'c', "the number of regions, and after ': ' which", is_listing},
        {'i', "decimal numbers with a blank between them",
         [](const std::string &text) { return are_numbers(text, 2, 3); }},
        {'m', "marks (red 1, orange 2, green 3, locked 4096)", are_marks},
        {'p',
         "user, system or supervisor",
         [](const std::string &text) {
             return is_one_of(text, {"user", "system", "supervisor"});
         },
         {"user", "system", "supervisor"}},
        {'x',
         "'exit N' or 'kill N'",
         [](const std::string &text) { return is_counted(text, "exit") || is_counted(text, "kill"); },
         {"exit", "kill"}},
        {'s', "'exit N' and the output (exit 0, \"hello\\n\")", is_end_of_program, {"exit"}},
        {'a', "names of actors or 'nobody'",
         [](const std::string &text) { return std::isalpha(static_cast<unsigned char>(text[0])) != 0; }},
        {'w',
         "'NAME waits for ...' or 'nobody'",
         [](const std::string &text) { return text == "nobody" || text.find(" waits for ") != std::string::npos; },
         {"nobody"}},
        {'h', "'a thread'",
         [](const std::string &text) {
             return is_one_of(text, {"a thread", "no thread"});
         }},
        {'d',
         "'done' or 'deadlock'",
         [](const std::string &text) {
             return is_one_of(text, {"done", "deadlock"});
         },
         {"done", "deadlock"}},
        {'0', "'nothing'", [](const std::string &text) { return text == "nothing"; }, {"nothing"}},
        {'B', "blocked", [](const std::string &text) { return text == "blocked"; }, {"blocked"}},
        {'F', "fault", [](const std::string &text) { return text == "fault"; }, {"fault"}},
        {'G', "gone", [](const std::string &text) { return text == "gone"; }, {"gone"}},
    };
    return all;
}

const Shape &shape_of(char letter) {
    return *std::find_if(shapes().begin(), shapes().end(), [letter](const Shape &one) { return one.letter == letter; });
}

// The same as outcomes are written: 16 for 0x10, "hello" for hello. Nothing if that is not what is meant.
std::string rewritten(const std::string &found, char kind) {
    const Line line(found, 0);
    const Token &token = line.peek();
    if (kind == 'v') return as_shown(found);
    if (kind == 'n' && token.kind == Token::Kind::number && token.after == found.size())
        return std::to_string(token.number);
    if (kind == 't' && token.kind == Token::Kind::text && token.after == found.size()) return quote(token.text);
    if (kind == 't' && is_word(found)) return quote(found);
    return {};
}

// "; did you mean 'K_OK'?" for OK, ok and K_O.
std::string suggestion(const std::string &found, const std::string &kinds) {
    std::vector<std::string> words;
    for (const char letter : kinds)
        for (const std::string &word : shape_of(letter).words)
            words.push_back(word);
    const std::string first = found.substr(0, found.find_first_of(" ,:"));
    for (const std::string &tried : {found, first, "K_" + first, "K_E" + first}) {
        const std::string meant = client::did_you_mean(tried, words);
        if (!meant.empty()) return meant;
    }
    for (const char letter : kinds) {
        const std::string meant = rewritten(found, letter);
        if (!meant.empty()) return "; did you mean '" + meant + "'?";
    }
    return {};
}

bool fits_any(const std::string &text, const std::string &kinds) {
    return std::any_of(kinds.begin(), kinds.end(), [&](char letter) { return shape_of(letter).fits(text); });
}

// Checks one of several outcomes of a step.
class Check {
  public:
    Check(const Line &line, KnownNames &names, const std::string &kinds) : line_(line), names_(names), kinds_(kinds) {}

    // `column`: where it stands.
    void run(const std::string &text, int column) const {
        const bool nothing_before = text.compare(0, 6, "wakes ") == 0;
        const std::size_t border = nothing_before ? 0 : std::min(find_outside_quotes(text, ", wakes "), text.size());
        const std::string own = text.substr(0, border);
        if (!nothing_before && !fits_any(own, kinds_))
            line_.report_at(column,
                            "expected " + description_of(kinds_) + ", found '" + own + "'" + suggestion(own, kinds_));
        if (border == text.size()) return;
        const std::size_t list = nothing_before ? 6 : border + 8;
        woken(text.substr(list), column + static_cast<int>(list));
    }

  private:
    // NAME [: OUTCOME], ...
    void woken(const std::string &list, int column) const {
        for (std::size_t at = 0; at <= list.size();) {
            const std::size_t end = std::min(list.find(", ", at), list.size());
            one_woken(list.substr(at, end - at), column + static_cast<int>(at), at > 0);
            at = end + 2;
        }
    }

    void one_woken(const std::string &text, int column, bool later) const {
        const std::size_t colon = text.find(": ");
        const std::string name = text.substr(0, colon);
        // The second region of an outcome that lists regions.
        if (later && name.find(' ') != std::string::npos) return;
        names_.expect_actor({line_.number(), column, name});
        if (colon == std::string::npos) return;
        const std::string outcome = text.substr(colon + 2);
        const std::string kinds = "kenx";
        if (is_word(outcome) && !fits_any(outcome, kinds))
            line_.report_at(column + static_cast<int>(colon) + 2, "expected " + description_of(kinds) + ", found '" +
                                                                      outcome + "'" + suggestion(outcome, kinds));
    }

    const Line &line_;
    KnownNames &names_;
    const std::string &kinds_;
};

}  // namespace

std::string description_of(const std::string &kinds) {
    std::string text;
    for (std::size_t i = 0; i < kinds.size(); ++i)
        text += (i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ") + std::string(shape_of(kinds[i]).description);
    return text;
}

std::string outcomes_of(const Arguments &arguments, const std::string &gives) {
    const Verb verb = arguments.verb;
    if (verb >= Verb::kill) return gives;
    std::string kinds = gives;
    if (verb == Verb::absent) kinds = "kenh";
    if (verb == Verb::read)
        kinds = arguments.type == Type::text    ? "t"
                : arguments.type == Type::bytes ? "b"
                : arguments.type == Type::value ? "v"
                                                : "n";
    const bool memory = verb == Verb::read || verb == Verb::write || verb == Verb::fill;
    if (memory)
        kinds += 'F';
    else if (verb != Verb::exit)
        kinds += 'B';
    return kinds + 'G';
}

Expected read_expected(const Line &line, KnownNames &names, const std::string &kinds) {
    if (line.outcome().empty())
        throw ScriptError(line.number(), line.outcome_text_column(), "expected an outcome after '->'");
    Expected expected;
    for (const Alternative &one : alternatives(line.outcome())) {
        if (!kinds.empty())
            Check(line, names, kinds).run(one.text, line.outcome_text_column() + static_cast<int>(one.offset));
        expected.outcomes.push_back(one.text);
    }
    if (expected.outcomes.size() != 1) return expected;
    const std::string &only = expected.outcomes[0];
    if (const auto status = status_number(only))
        expected.simple = {Result::Kind::status, *status};
    else if (only == "blocked")
        expected.simple = {Result::Kind::blocked, 0};
    return expected;
}

}  // namespace chorus::sim
