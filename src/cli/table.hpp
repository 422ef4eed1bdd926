// Tables of all commands: which rows are shown and in which order, the width of columns, headers and colour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/screen.hpp"

namespace chorus::cli {

// Words of the command line that only the command itself can judge.
struct WrongUsage {
    std::string text;
};

// What the user wants to see of a table.
struct ViewOptions {
    std::vector<std::string> filters{};  // COLUMN, an operator, VALUE; all must hold
    std::vector<std::string> sort{};     // COLUMN, or -COLUMN for descending order; the first counts most
    bool headers = true;
    bool exact_sizes = false;
};

enum class Align { left, right };

struct Column {
    const char *name;
    Align align = Align::left;
    bool shrinks = false;     // may be cut to fit the terminal
    unsigned drop_order = 0;  // if that is not enough, columns go, the largest number first; 0: this one stays
    bool grouped = false;     // blank where it and all grouped columns before it are as in the row above
};

enum class Style { plain, good, warning, bad, faint };

class Cell {
  public:
    // `number` is what the text stands for when rows are compared; without it they are compared by the text. `text` may
    // hold anything: the table makes it printable.
    Cell(std::string text, std::optional<double> number = std::nullopt) : text_(std::move(text)), number_(number) {}
    explicit Cell(std::uint64_t number) : Cell(std::to_string(number), static_cast<double>(number)) {}
    // A number of bytes.
    static Cell size(std::uint64_t bytes);
    // A number of which 0 means that there is none.
    static Cell number_or_dash(std::uint64_t number) { return number == 0 ? Cell("-") : Cell(number); }
    static Cell unlimited();

    Cell with(Style style) && {
        style_ = style;
        return std::move(*this);
    }

  private:
    friend class Table;

    std::string text_;
    std::optional<double> number_;
    bool size_ = false;
    Style style_ = Style::plain;
    std::string branch_;
};

class Table {
  public:
    // Throws WrongUsage if an option names no column or makes no sense.
    Table(std::vector<Column> columns, const ViewOptions &options);

    void clear() { rows_.clear(); }
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    // Draws a branch of a tree in front of a cell.
    void set_branch(std::size_t row, std::size_t column, std::string branch);

    // The rows that the filters leave, in the order that is asked for; otherwise in the order in which they were added.
    std::vector<std::size_t> chosen() const;
    // These rows as lines, in this order.
    std::string text(const std::vector<std::size_t> &rows, const Screen &screen) const;

  private:
    enum class Comparison { equal, not_equal, less, less_or_equal, greater, greater_or_equal, contains };
    struct Filter {
        std::size_t column;
        Comparison comparison;
        std::string text;
        std::optional<double> number;
    };
    struct SortKey {
        std::size_t column;
        bool descending;
    };
    // What is printed, printable and as wide as it wants to be.
    using Line = std::vector<std::string>;

    std::size_t column_named(const std::string &name) const;
    Filter read_filter(const std::string &text) const;
    SortKey read_sort_key(const std::string &text) const;
    static bool holds(const Filter &filter, const Cell &cell);
    bool before(std::size_t a, std::size_t b) const;
    std::string shown(const Cell &cell) const;
    std::vector<Line> lines_of(const std::vector<std::size_t> &rows) const;
    std::vector<std::size_t> fit(const std::vector<Line> &lines, std::size_t limit) const;

    std::vector<Column> columns_;
    std::vector<Filter> filters_;
    std::vector<SortKey> sort_;
    bool headers_;
    bool exact_sizes_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace chorus::cli
