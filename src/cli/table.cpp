#include "cli/table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>

#include "cli/printable.hpp"
#include "cli/size.hpp"
#include "client/nearest.hpp"

namespace chorus::cli {

namespace {

constexpr std::size_t gap = 2;          // columns between two columns of a table
constexpr std::size_t least_width = 8;  // of a column that shrinks

bool same_name(std::string_view a, std::string_view b) {
    const auto same = [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

// Reads a decimal or hexadecimal number, a size, or "unlimited".
std::optional<double> number_in(std::string_view text) {
    if (text == "unlimited") return HUGE_VAL;
    if (text.starts_with("0x")) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.begin() + 2, text.end(), number, 16);
        return error == std::errc() && end == text.end() ? std::optional(static_cast<double>(number)) : std::nullopt;
    }
    if (const auto size = read_size(text)) return static_cast<double>(*size);
    double number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    return error == std::errc() && end == text.end() ? std::optional(number) : std::nullopt;
}

const char *escape_of(Style style) {
    switch (style) {
        case Style::good:
            return "\033[32m";
        case Style::warning:
            return "\033[33m";
        case Style::bad:
            return "\033[31m";
        case Style::faint:
            return "\033[2m";
        case Style::plain:
            break;
    }
    return "";
}

std::string coloured(const std::string &text, const char *escape) {
    return *escape == '\0' || text.empty() ? text : escape + text + "\033[0m";
}

}  // namespace

Cell Cell::size(std::uint64_t bytes) {
    Cell cell(bytes);
    cell.size_ = true;
    return cell;
}

Cell Cell::unlimited() {
    return Cell("unlimited", HUGE_VAL);
}

Table::Table(std::vector<Column> columns, const ViewOptions &options)
    : columns_(std::move(columns)), headers_(options.headers), exact_sizes_(options.exact_sizes) {
    for (const std::string &filter : options.filters)
        filters_.push_back(read_filter(filter));
    for (const std::string &key : options.sort)
        sort_.push_back(read_sort_key(key));
}

std::size_t Table::column_named(const std::string &name) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (same_name(columns_[i].name, name)) return i;
        names.push_back(columns_[i].name);
    }
    std::string hint = client::did_you_mean(name, names);
    if (hint.empty()) {
        hint = "; the columns are ";
        for (const std::string &known : names)
            hint += known + (known == names.back() ? "" : ", ");
    }
    throw WrongUsage{"there is no column '" + printable(name) + "'" + hint};
}

Table::Filter Table::read_filter(const std::string &text) const {
    constexpr std::pair<const char *, Comparison> operators[] = {
        {"!=", Comparison::not_equal}, {"<=", Comparison::less_or_equal}, {">=", Comparison::greater_or_equal},
        {"=", Comparison::equal},      {"<", Comparison::less},           {">", Comparison::greater},
        {"~", Comparison::contains}};
    const std::size_t at = text.find_first_of("!=<>~");
    for (const auto &[name, comparison] : operators) {
        if (at == std::string::npos || text.compare(at, std::string_view(name).size(), name) != 0) continue;
        const std::string value = text.substr(at + std::string_view(name).size());
        Filter filter{column_named(text.substr(0, at)), comparison, value, number_in(value)};
        const bool ordered = comparison == Comparison::less || comparison == Comparison::less_or_equal ||
                             comparison == Comparison::greater || comparison == Comparison::greater_or_equal;
        if (ordered && !filter.number)
            throw WrongUsage{"filter '" + printable(text) + "' compares with '" + printable(value) +
                             "', which is not a number"};
        return filter;
    }
    throw WrongUsage{"filter '" + printable(text) + "' is not COLUMN=VALUE, or with !=, <, <=, >, >= or ~ for ="};
}

Table::SortKey Table::read_sort_key(const std::string &text) const {
    const bool descending = text.starts_with('-');
    return {column_named(text.substr(descending ? 1 : 0)), descending};
}

bool Table::holds(const Filter &filter, const Cell &cell) {
    if (filter.comparison == Comparison::contains) return cell.text_.find(filter.text) != std::string::npos;
    const bool numbers = cell.number_ && filter.number;
    const bool equal = numbers ? *cell.number_ == *filter.number : cell.text_ == filter.text;
    switch (filter.comparison) {
        case Comparison::equal:
            return equal;
        case Comparison::not_equal:
            return !equal;
        case Comparison::less:
            return numbers && *cell.number_ < *filter.number;
        case Comparison::less_or_equal:
            return numbers && *cell.number_ <= *filter.number;
        case Comparison::greater:
            return numbers && *cell.number_ > *filter.number;
        default:
            return numbers && *cell.number_ >= *filter.number;
    }
}

// Cells without a number come before those with one.
bool Table::before(std::size_t a, std::size_t b) const {
    for (const SortKey &key : sort_) {
        const Cell &x = rows_[key.descending ? b : a][key.column];
        const Cell &y = rows_[key.descending ? a : b][key.column];
        if (x.number_ != y.number_) return x.number_ < y.number_;
        if (!x.number_ && x.text_ != y.text_) return x.text_ < y.text_;
    }
    return false;
}

std::vector<std::size_t> Table::chosen() const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < rows_.size(); ++row)
        if (std::all_of(filters_.begin(), filters_.end(),
                        [&](const Filter &filter) { return holds(filter, rows_[row][filter.column]); }))
            rows.push_back(row);
    std::stable_sort(rows.begin(), rows.end(), [this](std::size_t a, std::size_t b) { return before(a, b); });
    return rows;
}

void Table::set_branch(std::size_t row, std::size_t column, std::string branch) {
    rows_[row][column].branch_ = std::move(branch);
}

std::string Table::shown(const Cell &cell) const {
    if (cell.size_ && !exact_sizes_) return size_text(static_cast<std::uint64_t>(*cell.number_));
    return cell.branch_ + printable(cell.text_);
}

// The headers, if they are shown, and the rows.
std::vector<Table::Line> Table::lines_of(const std::vector<std::size_t> &rows) const {
    std::vector<Line> lines;
    if (headers_) {
        Line &line = lines.emplace_back();
        for (const Column &column : columns_)
            line.emplace_back(column.name);
    }
    Line above;
    for (const std::size_t row : rows) {
        Line line;
        for (const Cell &cell : rows_[row])
            line.push_back(shown(cell));
        lines.push_back(line);
        bool same = !above.empty();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!columns_[i].grouped) continue;
            same = same && above[i] == line[i];
            if (same) lines.back()[i].clear();
        }
        above = std::move(line);
    }
    return lines;
}

// Returns the width of each column, 0 for one that is not shown.
std::vector<std::size_t> Table::fit(const std::vector<Line> &lines, std::size_t limit) const {
    std::vector<std::size_t> natural(columns_.size());
    for (const Line &line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            natural[i] = std::max(natural[i], width_of(line[i]));
    std::vector<bool> dropped(columns_.size());
    for (;;) {
        std::vector<std::size_t> widths = natural;
        for (std::size_t i = 0; i < widths.size(); ++i)
            if (dropped[i]) widths[i] = 0;
        const auto total = [&] {
            std::size_t sum = 0;
            for (const std::size_t width : widths)
                if (width > 0) sum += (sum > 0 ? gap : 0) + width;
            return sum;
        };
        while (limit > 0 && total() > limit) {
            std::size_t widest = columns_.size();
            for (std::size_t i = 0; i < columns_.size(); ++i)
                if (columns_[i].shrinks && widths[i] > least_width &&
                    (widest == columns_.size() || widths[i] > widths[widest]))
                    widest = i;
            if (widest == columns_.size()) break;
            --widths[widest];
        }
        if (limit == 0 || total() <= limit) return widths;
        std::size_t next = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (!dropped[i] && columns_[i].drop_order > 0 &&
                (next == columns_.size() || columns_[i].drop_order > columns_[next].drop_order))
                next = i;
        if (next == columns_.size()) return widths;
        dropped[next] = true;
    }
}

std::string Table::text(const std::vector<std::size_t> &rows, const Screen &screen) const {
    const std::vector<Line> lines = lines_of(rows);
    const std::vector<std::size_t> widths = fit(lines, screen.columns);
    std::string text;
    for (std::size_t number = 0; number < lines.size(); ++number) {
        const bool is_header = headers_ && number == 0;
        std::string blanks;  // before the next cell; none are left at the end of a line
        std::size_t left = screen.columns == 0 ? std::string::npos : screen.columns;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (widths[i] == 0) continue;
            const std::string cell = cut_to(lines[number][i], widths[i]);
            const std::string padding(widths[i] - width_of(cell), ' ');
            if (columns_[i].align == Align::right) blanks += padding;
            const std::string fitting = left > blanks.size() ? cut_to(cell, left - blanks.size()) : std::string();
            if (!fitting.empty()) {
                const Style style = is_header ? Style::plain : rows_[rows[number - (headers_ ? 1 : 0)]][i].style_;
                const char *escape = !screen.coloured ? "" : is_header ? "\033[1m" : escape_of(style);
                text += blanks + coloured(fitting, escape);
                left -= left == std::string::npos ? 0 : blanks.size() + width_of(fitting);
                blanks.clear();
            }
            if (columns_[i].align == Align::left) blanks += padding;
            blanks += std::string(gap, ' ');
        }
        text += '\n';
    }
    return text;
}

}  // namespace chorus::cli
