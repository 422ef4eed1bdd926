// The words of a scenario, with their places.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace chorus::sim {

// Something is wrong with a scenario: where, and what was expected.
struct ScriptError : std::runtime_error {
    ScriptError(int at_line, int at_column, const std::string &what)
        : std::runtime_error(what), line(at_line), column(at_column) {}
    int line, column;  // from 1
};

struct Token {
    enum class Kind { end, word, number, text, sign };
    Kind kind = Kind::end;
    std::string text;  // of a text: without its quotes, escapes resolved
    std::uint64_t number = 0;
    int column = 0;
    std::size_t begin = 0, after = 0;  // in the line
};

// One line without its comment. Throws ScriptError.
class Line {
  public:
    Line(std::string text, int number);

    const Token &peek() const { return tokens_[at_]; }
    const Token &take();
    bool at_end() const { return peek().kind == Token::Kind::end; }
    bool is_word(const char *word) const;
    bool is_sign(const char *sign) const;
    // Takes it if it is there.
    bool accept_word(const char *word);
    bool accept_sign(const char *sign);
    std::string word(const char *expected);
    std::string quoted(const char *expected);
    // Everything up to `->` or the end of the line, as it stands.
    std::string raw();
    // Nothing stands behind what was taken.
    void finish() const;
    [[noreturn]] void fail(const std::string &expected) const;
    [[noreturn]] void fail_at(const Token &token, const std::string &what) const;

    int number() const { return number_; }
    // What stands before `->`, and after it; nothing after it is not the same as no `->`.
    const std::string &step() const { return step_; }
    const std::string &outcome() const { return outcome_; }
    const std::string &comment() const { return comment_; }
    bool has_outcome() const { return has_outcome_; }
    int outcome_column() const { return outcome_column_; }

  private:
    void tokenize();

    int number_;
    std::string step_, outcome_, comment_;
    bool has_outcome_ = false;
    int outcome_column_ = 0;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

// A byte string as it stands in a scenario.
std::string quote(const std::string &bytes);

}  // namespace chorus::sim
