// Tables: rows, order, widths, colour; and what is made of text and sizes in them.
#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/printable.hpp"
#include "cli/size.hpp"

namespace chorus::cli {
namespace {

using Indices = std::vector<std::size_t>;

const std::vector<Column> columns{
    {.name = "AID", .align = Align::right},
    {.name = "NAME", .shrinks = true},
    {.name = "SIZE", .align = Align::right, .drop_order = 1},
    {.name = "STATE", .drop_order = 2},
};

Table example(const ViewOptions &options) {
    Table table(columns, options);
    table.add({Cell(2), Cell("beta"), Cell::size(4096), Cell("running")});
    table.add({Cell(10), Cell("alpha"), Cell::size(1536), Cell("stopped").with(Style::warning)});
    table.add({Cell(1), Cell("gamma"), Cell("-"), Cell("running")});
    return table;
}

Indices chosen(const ViewOptions &options) {
    return example(options).chosen();
}

std::string text_of(const ViewOptions &options, const Screen &screen = {}) {
    const Table table = example(options);
    return table.text(table.chosen(), screen);
}

TEST(Table, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
    EXPECT_EQ(text_of({}),
              "AID  NAME      SIZE  STATE\n"
              "  2  beta     4 KiB  running\n"
              " 10  alpha  1.5 KiB  stopped\n"
              "  1  gamma        -  running\n");
    EXPECT_EQ(text_of({.headers = false, .exact_sizes = true}),
              " 2  beta   4096  running\n"
              "10  alpha  1536  stopped\n"
              " 1  gamma     -  running\n");
    EXPECT_EQ(text_of({.filters = {"AID=0"}}), "AID  NAME  SIZE  STATE\n");
    EXPECT_EQ(text_of({.filters = {"AID=0"}, .headers = false}), "");
}

TEST(Table, FiltersCompareNumbersAsNumbersAndTextAsText) {
    EXPECT_EQ(chosen({.filters = {"AID=2"}}), Indices{0});
    EXPECT_EQ(chosen({.filters = {"aid!=2"}}), (Indices{1, 2}));
    EXPECT_EQ(chosen({.filters = {"AID<10"}}), (Indices{0, 2}));
    EXPECT_EQ(chosen({.filters = {"AID<=2"}}), (Indices{0, 2}));
    EXPECT_EQ(chosen({.filters = {"AID>2"}}), Indices{1});
    EXPECT_EQ(chosen({.filters = {"AID>=0x2"}}), (Indices{0, 1}));
    EXPECT_EQ(chosen({.filters = {"SIZE>=2KiB"}}), Indices{0}) << "a dash is no number";
    EXPECT_EQ(chosen({.filters = {"SIZE=1.5K"}}), Indices{}) << "no such size";
    EXPECT_EQ(chosen({.filters = {"SIZE=-"}}), Indices{2});
    EXPECT_EQ(chosen({.filters = {"NAME=alpha"}}), Indices{1});
    EXPECT_EQ(chosen({.filters = {"NAME=ALPHA"}}), Indices{});
    EXPECT_EQ(chosen({.filters = {"NAME~mm"}}), Indices{2});
    EXPECT_EQ(chosen({.filters = {"STATE=running", "NAME~a"}}), (Indices{0, 2})) << "all hold";
    EXPECT_EQ(chosen({.filters = {"NAME!="}}), (Indices{0, 1, 2})) << "an empty value";
}

TEST(Table, SortsByNumberOrTextAndKeepsTheOrderOfEquals) {
    EXPECT_EQ(chosen({.sort = {"aid"}}), (Indices{2, 0, 1}));
    EXPECT_EQ(chosen({.sort = {"-AID"}}), (Indices{1, 0, 2}));
    EXPECT_EQ(chosen({.sort = {"NAME"}}), (Indices{1, 0, 2}));
    EXPECT_EQ(chosen({.sort = {"STATE"}}), (Indices{0, 2, 1}));
    EXPECT_EQ(chosen({.sort = {"-STATE", "AID"}}), (Indices{1, 2, 0}));
    EXPECT_EQ(chosen({.sort = {"SIZE"}}), (Indices{2, 1, 0})) << "a dash comes first";
    EXPECT_EQ(chosen({.sort = {"-SIZE"}}), (Indices{0, 1, 2}));
}

TEST(Table, UnlimitedIsMoreThanAnyNumber) {
    Table table({{.name = "N"}}, {.filters = {"N>5"}, .sort = {"N"}});
    table.add({Cell::unlimited()});
    table.add({Cell(7)});
    table.add({Cell(3)});
    EXPECT_EQ(table.chosen(), (Indices{1, 0}));
    Table exactly({{.name = "N"}}, {.filters = {"N=unlimited"}});
    exactly.add({Cell(7)});
    exactly.add({Cell::unlimited()});
    EXPECT_EQ(exactly.chosen(), Indices{1});
}

std::string complaint(const ViewOptions &options) {
    try {
        Table table(columns, options);
    } catch (const WrongUsage &wrong) {
        return wrong.text;
    }
    return "";
}

TEST(Table, RefusesUnknownColumnsAndFiltersThatMakeNoSense) {
    EXPECT_EQ(complaint({.sort = {"SIZ"}}), "there is no column 'SIZ'; did you mean 'SIZE'?");
    EXPECT_EQ(complaint({.sort = {"-x"}}), "there is no column 'x'; the columns are AID, NAME, SIZE, STATE");
    EXPECT_EQ(complaint({.sort = {"\033"}}), "there is no column '\\x1b'; the columns are AID, NAME, SIZE, STATE");
    EXPECT_EQ(complaint({.filters = {"AID"}}), "filter 'AID' is not COLUMN=VALUE, or with !=, <, <=, >, >= or ~ for =");
    EXPECT_EQ(complaint({.filters = {"AID!2"}}),
              "filter 'AID!2' is not COLUMN=VALUE, or with !=, <, <=, >, >= or ~ for =");
    EXPECT_EQ(complaint({.filters = {"=2"}}), "there is no column ''; the columns are AID, NAME, SIZE, STATE");
    EXPECT_EQ(complaint({.filters = {"SIZE<big"}}), "filter 'SIZE<big' compares with 'big', which is not a number");
}

TEST(Table, FitsTheTerminal) {
    Table table(columns, {});
    table.add({Cell(2), Cell("a-very-long-name-of-an-actor"), Cell::size(4096), Cell("running")});
    const auto text = [&](std::size_t width) { return table.text({0}, {.terminal = true, .columns = width}); };
    EXPECT_EQ(text(0),
              "AID  NAME                           SIZE  STATE\n"
              "  2  a-very-long-name-of-an-actor  4 KiB  running\n");
    EXPECT_EQ(text(49), text(0)) << "it fits";
    EXPECT_EQ(text(30),
              "AID  NAME        SIZE  STATE\n"
              "  2  a-very-l~  4 KiB  running\n");
    EXPECT_EQ(text(29),
              "AID  NAME       SIZE  STATE\n"
              "  2  a-very-~  4 KiB  running\n");
    EXPECT_EQ(text(28),
              "AID  NAME               SIZE\n"
              "  2  a-very-long-nam~  4 KiB\n")
        << "a column goes, and the others have room";
    EXPECT_EQ(text(18), "AID  NAME\n  2  a-very-long-~\n");
    EXPECT_EQ(text(10), "AID  NAME\n  2  a-ve~\n") << "nothing is left to drop";
    EXPECT_EQ(text(3), "AID\n  2\n");
}

TEST(Table, ColoursHeadersAndStyles) {
    const Table table = example({.filters = {"AID=10"}});
    EXPECT_EQ(table.text({1}, {.coloured = true}),
              "\033[1mAID\033[0m  \033[1mNAME\033[0m      \033[1mSIZE\033[0m  \033[1mSTATE\033[0m\n"
              " 10  alpha  1.5 KiB  \033[33mstopped\033[0m\n");
}

TEST(Table, LeavesOutWhatTheRowAboveHas) {
    Table table({{.name = "A", .grouped = true}, {.name = "B", .grouped = true}, {.name = "C"}}, {.headers = false});
    table.add({Cell("x"), Cell("1"), Cell("c")});
    table.add({Cell("x"), Cell("1"), Cell("c")});
    table.add({Cell("x"), Cell("2"), Cell("c")});
    table.add({Cell("y"), Cell("2"), Cell("c")});
    EXPECT_EQ(table.text({0, 1, 2, 3}, {}), "x  1  c\n      c\n   2  c\ny  2  c\n");
    EXPECT_EQ(table.text({0, 3, 1}, {}), "x  1  c\ny  2  c\nx  1  c\n");
}

TEST(Table, EscapesTextButNotTheBranchesOfATree) {
    Table table({{.name = "NAME"}}, {.headers = false});
    table.add({Cell("\033[31mred\n")});
    table.set_branch(0, 0, "`- ");
    EXPECT_EQ(table.text({0}, {}), "`- \\x1b[31mred\\n\n");
}

TEST(Printable, NothingThatATerminalObeysIsLeft) {
    EXPECT_EQ(printable("worker-3 ok"), "worker-3 ok");
    EXPECT_EQ(printable("grün 漢字 🙂"), "grün 漢字 🙂");
    EXPECT_EQ(printable("a\tb\nc\rd\033e\177"), "a\\tb\\nc\\rd\\x1be\\x7f");
    EXPECT_EQ(printable(std::string("\0x", 2)), "\\x00x");
    EXPECT_EQ(printable("a\\nb"), "a\\\\nb") << "two names never look the same";
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m")
        << "a control character of C1";
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "abc"),
              "\\xe2\\x80\\xaeabc")
        << "right to left";
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3") << "not UTF-8";
    EXPECT_EQ(printable("\xc0\xaf\xe0\x80\x80\xed\xa0\x80\xf5\x80\x80\x80"),
              "\\xc0\\xaf\\xe0\\x80\\x80\\xed\\xa0\\x80\\xf5\\x80\\x80\\x80")
        << "overlong, a surrogate, and too large";
    for (int byte = 0; byte < 256; ++byte)
        for (const char c : printable(std::string(1, static_cast<char>(byte))))
            EXPECT_TRUE(c >= 0x20 && c < 0x7f) << byte;
}

TEST(Printable, WidthsAreThoseOfATerminal) {
    EXPECT_EQ(width_of("abc"), 3u);
    EXPECT_EQ(width_of("grün"), 4u);
    EXPECT_EQ(width_of("漢字"), 4u);
    EXPECT_EQ(width_of("e\xcc\x81"), 1u) << "a combining accent";
    EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_to("abcdef", 5), "abcd~");
    EXPECT_EQ(cut_to("漢字漢字", 6), "漢字~") << "half a character does not fit";
    EXPECT_EQ(cut_to("abc", 1), "~");
    EXPECT_EQ(cut_to("abc", 0), "");
}

TEST(Sizes, AreReadInPowersOf1024) {
    EXPECT_EQ(read_size("0"), 0u);
    EXPECT_EQ(read_size("4096"), 4096u);
    EXPECT_EQ(read_size("12B"), 12u);
    for (const char *text : {"64k", "64K", "64kb", "64KiB", "64 KiB"})
        EXPECT_EQ(read_size(text), 65'536u) << text;
    EXPECT_EQ(read_size("1M"), 1u << 20);
    EXPECT_EQ(read_size("3GiB"), std::uint64_t{3} << 30);
    EXPECT_EQ(read_size("16777215T"), std::uint64_t{16'777'215} << 40);
    EXPECT_EQ(read_size("18446744073709551615"), unlimited);
    for (const char *wrong : {"", "x", "K", "-1", "+1", "1.5K", "1KiBi", "1X", "1  K", "1K ", "0x10", " 1",
                              "18446744073709551616", "16777216T", "18014398509481984K"})
        EXPECT_FALSE(read_size(wrong)) << wrong;
}

TEST(Sizes, AreWrittenShort) {
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(1024), "1 KiB");
    EXPECT_EQ(size_text(1536), "1.5 KiB");
    EXPECT_EQ(size_text(12 << 20), "12 MiB");
    EXPECT_EQ(size_text((std::uint64_t{1} << 30) + (1 << 20)), "1.0 GiB");
    EXPECT_EQ(size_text(std::uint64_t{5} << 40), "5 TiB");
    EXPECT_EQ(size_text(std::uint64_t{5} << 50), "5120 TiB");
}

}  // namespace
}  // namespace chorus::cli
