#include "script/values.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "script/verbs.hpp"

namespace chorus::sim {

namespace {

// How deep brackets and signs may lie in each other, so that reading them takes little of the stack.
constexpr int brackets_max = 64;

class ExpressionReader {
  public:
    ExpressionReader(Line &line, KnownNames &names, Behind behind) : line_(line), names_(names), behind_(behind) {}

    Expression run() {
        const Token begin = line_.peek();
        sum(0);
        if (made_.depth() > Expression::depth_max) line_.fail_at(begin, "this is too deep: fewer parentheses");
        return std::move(made_);
    }

  private:
    // `outside`: how many brackets and signs it stands in.
    void sum(int outside) {
        product(outside);
        while (line_.is_sign("+") || line_.is_sign("-")) {
            const bool add = line_.take().text == "+";
            product(outside);
            made_.push(add ? Expression::Code::add : Expression::Code::subtract);
        }
    }

    void product(int outside) {
        primary(outside);
        while (line_.accept_sign("*")) {
            primary(outside);
            made_.push(Expression::Code::multiply);
        }
    }

    void primary(int outside) {
        if (outside > brackets_max) line_.fail_at(line_.peek(), "this is too deep: fewer parentheses");
        if (line_.accept_sign("-")) {
            primary(outside + 1);
            return made_.push(Expression::Code::negate);
        }
        if (line_.accept_sign("(")) {
            sum(outside + 1);
            if (!line_.accept_sign(")")) line_.fail("')'");
            return;
        }
        if (line_.peek().kind == Token::Kind::number) return number();
        if (line_.peek().kind != Token::Kind::word) line_.fail("a number, a name or '('");
        name();
    }

    void number() {
        made_.push(Expression::Code::constant, line_.take().number);
        if (line_.peek().kind != Token::Kind::word) return;
        const auto unit = unit_bytes(line_.peek().text);
        if (!unit || (*unit == 1 && behind_ == Behind::type)) return;
        line_.take();
        made_.push(Expression::Code::constant, *unit);
        made_.push(Expression::Code::multiply);
    }

    void name() {
        if (const auto constant = constant_value(line_.peek().text)) {
            line_.take();
            return made_.push(Expression::Code::constant, *constant);
        }
        made_.push(Expression::Code::slot, static_cast<std::uint64_t>(names_.read_slot(line_)));
    }

    Line &line_;
    KnownNames &names_;
    Behind behind_;
    Expression made_;
};

}  // namespace

Expression read_expression(Line &line, KnownNames &names, Behind behind) {
    return ExpressionReader(line, names, behind).run();
}

bool read_time(Line &line, Arguments &arguments) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    struct Unit {
        const char *name;
        std::int64_t nanoseconds;
    };
    constexpr Unit units[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
    bool any = false;
    while (line.is_sign("-") || line.peek().kind == Token::Kind::number) {
        const bool minus = line.accept_sign("-");
        if (line.peek().kind != Token::Kind::number) line.fail("a number");
        const Token token = line.take();
        if (token.number > largest) line.fail_at(token, "this time is too long");
        const auto number = static_cast<std::int64_t>(token.number) * (minus ? -1 : 1);
        const Unit *unit = std::find_if(std::begin(units), std::end(units),
                                        [&](const Unit &one) { return line.accept_word(one.name); });
        if (unit == std::end(units)) line.fail("s, ms, us or ns", {"s", "ms", "us", "ns"});
        std::int64_t seconds = 0, nanoseconds = number;  // of which there may be more than a second has, as in a call
        if (unit->nanoseconds > 1) {
            const std::int64_t per_second = 1'000'000'000 / unit->nanoseconds;
            seconds = number / per_second;
            nanoseconds = number % per_second * unit->nanoseconds;
        }
        if (__builtin_add_overflow(arguments.limit_s, seconds, &arguments.limit_s) ||
            __builtin_add_overflow(arguments.limit_ns, nanoseconds, &arguments.limit_ns))
            line.fail_at(token, "this time is too long");
        any = true;
    }
    return any;
}

}  // namespace chorus::sim
