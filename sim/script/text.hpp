// The words of a scenario, with their places.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace chorus::sim {

// Something is wrong in a scenario: where, and what was expected.
struct Mistake {
    int line = 0, column = 0;  // from 1
    std::string what{};
};

// Ends the reading of a line.
struct ScriptError : std::runtime_error {
    ScriptError(int at_line, int at_column, const std::string &what)
        : std::runtime_error(what), line(at_line), column(at_column) {}
    int line, column;
};

// All mistakes of a file, in the order of their places. what() has one line for each: FILE:LINE:COLUMN: WHAT.
struct ScriptErrors : std::runtime_error {
    ScriptErrors(const std::string &file, std::vector<Mistake> all);
    std::vector<Mistake> mistakes;
};

struct Token {
    enum class Kind { end, word, number, text, sign, wrong };
    Kind kind = Kind::end;
    std::string text;  // of a text: without its quotes, escapes resolved; of a wrong token: what is wrong
    std::uint64_t number = 0;
    int column = 0;
    std::size_t begin = 0, after = 0;  // in the line
};

// One line without its comment. Throws ScriptError.
class Line {
  public:
    // Mistakes that do not end the reading of the line go to `mistakes`.
    Line(std::string text, int number, std::vector<Mistake> *mistakes = nullptr);

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
    // If the next word is a misspelt one of `meant`, the message names it.
    [[noreturn]] void fail(const std::string &expected, const std::vector<std::string> &meant = {}) const;
    [[noreturn]] void fail_at(const Token &token, const std::string &what) const;
    void report_at(int column, const std::string &what) const;

    int number() const { return number_; }
    // It ends in a wrong token, which may have taken in the `->`.
    bool cut_off() const { return tokens_.size() > 1 && tokens_[tokens_.size() - 2].kind == Token::Kind::wrong; }
    // What stands before `->`, and after it; nothing after it is not the same as no `->`.
    const std::string &step() const { return step_; }
    const std::string &outcome() const { return outcome_; }
    const std::string &comment() const { return comment_; }
    bool has_outcome() const { return has_outcome_; }
    int outcome_column() const { return outcome_column_; }  // of the `->`
    // Of the text behind it.
    int outcome_text_column() const { return outcome_text_column_; }

  private:
    void tokenize();
    Token next_token(std::size_t &at) const;

    int number_;
    std::vector<Mistake> *mistakes_;
    std::string step_, outcome_, comment_;
    bool has_outcome_ = false;
    int outcome_column_ = 0, outcome_text_column_ = 0;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

// Where `what` begins outside of quotes, or npos.
std::size_t find_outside_quotes(const std::string &text, const std::string &what);

// A byte string as it stands in a scenario.
std::string quote(const std::string &bytes);

}  // namespace chorus::sim
