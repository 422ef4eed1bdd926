#include "script/text.hpp"

#include <cctype>
#include <cstdio>
#include <cstdlib>

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

// Where `what` begins outside of quotes, or npos.
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

Line::Line(std::string text, int number) : number_(number) {
    if (const auto comment = find_outside_quotes(text, "#"); comment != std::string::npos) {
        comment_ = text.substr(comment);
        text.erase(comment);
    }
    if (const auto arrow = find_outside_quotes(text, "->"); arrow != std::string::npos) {
        has_outcome_ = true;
        outcome_column_ = static_cast<int>(arrow) + 1;
        outcome_ = trimmed(text.substr(arrow + 2));
        text.erase(arrow);
    }
    step_ = text.substr(0, text.find_last_not_of(" \t") + 1);
    tokenize();
}

void Line::tokenize() {
    std::size_t i = 0;
    while (true) {
        while (i < step_.size() && (step_[i] == ' ' || step_[i] == '\t'))
            ++i;
        Token token;
        token.column = static_cast<int>(i) + 1;
        token.begin = i;
        if (i == step_.size()) {
            token.after = i;
            tokens_.push_back(token);
            return;
        }
        const char c = step_[i];
        if (starts_word(c)) {
            token.kind = Token::Kind::word;
            while (i < step_.size() && in_word(step_[i]))
                token.text += step_[i++];
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            token.kind = Token::Kind::number;
            char *after = nullptr;
            token.number = std::strtoull(step_.c_str() + i, &after, 0);
            i = static_cast<std::size_t>(after - step_.c_str());
            if (i < step_.size() && in_word(step_[i])) fail_at(token, "a number, and letters in it");
        } else if (c == '"') {
            token.kind = Token::Kind::text;
            for (++i; i < step_.size() && step_[i] != '"'; ++i) {
                if (step_[i] != '\\') {
                    token.text += step_[i];
                } else if (i + 3 < step_.size() && step_[i + 1] == 'x') {
                    token.text += static_cast<char>(std::strtoul(step_.substr(i + 2, 2).c_str(), nullptr, 16));
                    i += 3;
                } else if (i + 1 < step_.size()) {
                    token.text += unescaped(step_[++i]);
                }
            }
            if (i >= step_.size()) fail_at(token, "a text without its closing '\"'");
            ++i;
        } else {
            token.kind = Token::Kind::sign;
            const bool twice = c == '=' && i + 1 < step_.size() && step_[i + 1] == '=';
            token.text.assign(twice ? 2 : 1, c);
            i += token.text.size();
        }
        token.after = i;
        tokens_.push_back(token);
    }
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

void Line::fail(const std::string &expected) const {
    const Token &token = peek();
    const std::string found = token.kind == Token::Kind::end
                                  ? "the end of the step"
                                  : "'" + step_.substr(token.begin, token.after - token.begin) + "'";
    fail_at(token, "expected " + expected + ", found " + found);
}

void Line::fail_at(const Token &token, const std::string &what) const {
    throw ScriptError(number_, token.column, what);
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
