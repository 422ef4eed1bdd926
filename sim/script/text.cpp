#include "script/text.hpp"

#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "client/nearest.hpp"

namespace chorus::sim {

namespace {

bool starts_word(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string trimmed(const std::string &text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string listed(const std::string &file, const std::vector<Mistake> &mistakes) {
    std::string text;
    for (const Mistake &one : mistakes)
        text += (text.empty() ? "" : "\n") + file + ":" + std::to_string(one.line) + ":" + std::to_string(one.column) +
                ": " + one.what;
    return text;
}

char unescaped(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case '0':
            return '\0';
        default:
            return c;
    }
}

}  // namespace

ScriptErrors::ScriptErrors(const std::string &file, std::vector<Mistake> all)
    : std::runtime_error(listed(file, all)), mistakes(std::move(all)) {}

Line::Line(std::string text, int number, std::vector<Mistake> *mistakes) : number_(number), mistakes_(mistakes) {
    if (const auto comment = find_outside_quotes(text, "#"); comment != std::string::npos) {
        comment_ = text.substr(comment);
        text.erase(comment);
    }
    if (const auto arrow = find_outside_quotes(text, "->"); arrow != std::string::npos) {
        has_outcome_ = true;
        outcome_column_ = static_cast<int>(arrow) + 1;
        outcome_ = trimmed(text.substr(arrow + 2));
        const auto begin = text.find_first_not_of(" \t", arrow + 2);
        outcome_text_column_ = outcome_.empty() ? outcome_column_ + 2 : static_cast<int>(begin) + 1;
        text.erase(arrow);
    }
    step_ = text.substr(0, text.find_last_not_of(" \t") + 1);
    tokenize();
}

// A wrong token is the last one before the end.
void Line::tokenize() {
    for (std::size_t at = 0; tokens_.empty() || tokens_.back().kind != Token::Kind::end;) {
        while (at < step_.size() && (step_[at] == ' ' || step_[at] == '\t'))
            ++at;
        tokens_.push_back(next_token(at));
        if (tokens_.back().kind == Token::Kind::wrong) at = step_.size();
    }
}

// The token that begins at `at`, which moves behind it.
Token Line::next_token(std::size_t &at) const {
    Token token;
    token.column = static_cast<int>(at) + 1;
    token.begin = token.after = at;
    if (at == step_.size()) return token;
    const auto wrong = [&](const std::string &what) {
        token.kind = Token::Kind::wrong;
        token.text = what;
        return token;
    };
    const char c = step_[at];
    if (starts_word(c)) {
        token.kind = Token::Kind::word;
        while (at < step_.size() && in_word(step_[at]))
            token.text += step_[at++];
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        token.kind = Token::Kind::number;
        char *after = nullptr;
        token.number = std::strtoull(step_.c_str() + at, &after, 0);
        at = static_cast<std::size_t>(after - step_.c_str());
        if (at < step_.size() && in_word(step_[at])) {
            while (at < step_.size() && in_word(step_[at]))
                ++at;
            return wrong("'" + step_.substr(token.begin, at - token.begin) + "' is neither a number nor a name");
        }
    } else if (c == '"') {
        token.kind = Token::Kind::text;
        for (++at; at < step_.size() && step_[at] != '"'; ++at) {
            if (step_[at] != '\\') {
                token.text += step_[at];
            } else if (at + 3 < step_.size() && step_[at + 1] == 'x') {
                token.text += static_cast<char>(std::strtoul(step_.substr(at + 2, 2).c_str(), nullptr, 16));
                at += 3;
            } else if (at + 1 < step_.size()) {
                token.text += unescaped(step_[++at]);
            }
        }
        if (at >= step_.size()) return wrong("this text has no closing '\"'");
        ++at;
    } else {
        token.kind = Token::Kind::sign;
        const bool twice = c == '=' && at + 1 < step_.size() && step_[at + 1] == '=';
        token.text.assign(twice ? 2 : 1, c);
        at += token.text.size();
    }
    token.after = at;
    return token;
}

const Token &Line::take() {
    const Token &token = tokens_[at_];
    if (token.kind != Token::Kind::end) ++at_;
    return token;
}

bool Line::is_word(const char *word) const {
    return peek().kind == Token::Kind::word && peek().text == word;
}
bool Line::is_sign(const char *sign) const {
    return peek().kind == Token::Kind::sign && peek().text == sign;
}

bool Line::accept_word(const char *word) {
    if (!is_word(word)) return false;
    take();
    return true;
}
bool Line::accept_sign(const char *sign) {
    if (!is_sign(sign)) return false;
    take();
    return true;
}

std::string Line::word(const char *expected) {
    if (peek().kind != Token::Kind::word) fail(expected);
    return take().text;
}
std::string Line::quoted(const char *expected) {
    if (peek().kind != Token::Kind::text) fail(expected);
    return take().text;
}

std::string Line::raw() {
    const std::string text = step_.substr(peek().begin);
    at_ = tokens_.size() - 1;
    return text;
}

void Line::finish() const {
    if (!at_end()) fail("the end of the line");
}

void Line::fail(const std::string &expected, const std::vector<std::string> &meant) const {
    const Token &token = peek();
    if (token.kind == Token::Kind::wrong) fail_at(token, token.text);
    const std::string found = token.kind == Token::Kind::end
                                  ? "the end of the step"
                                  : "'" + step_.substr(token.begin, token.after - token.begin) + "'";
    const bool word = token.kind == Token::Kind::word;
    fail_at(token, "expected " + expected + ", found " + found + (word ? client::did_you_mean(token.text, meant) : ""));
}

void Line::fail_at(const Token &token, const std::string &what) const {
    throw ScriptError(number_, token.column, what);
}

void Line::report_at(int column, const std::string &what) const {
    if (mistakes_ == nullptr) throw ScriptError(number_, column, what);
    mistakes_->push_back({number_, column, what});
}

std::size_t find_outside_quotes(const std::string &text, const std::string &what) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text.compare(i, what.size(), what) == 0) {
            return i;
        }
    }
    return std::string::npos;
}

std::string quote(const std::string &bytes) {
    std::string text = "\"";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '\t') {
            text += "\\t";
        } else if (byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            char hex[5];
            std::snprintf(hex, sizeof hex, "\\x%02x", byte);
            text += hex;
        }
    }
    return text + '"';
}

}  // namespace chorus::sim
