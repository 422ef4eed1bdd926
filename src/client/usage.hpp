// The command lines of all programs: how they are declared, the layout of help, the messages about wrong words, and
// exit status 2 for them. CLI11 reads the words. It is slow to compile, so usage.cpp alone includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace chorus::usage {

inline constexpr int wrong_usage = 2;  // exit status

// Writes `text` from the column `indent` on, wrapped to 80 columns. The cursor is in column `at`.
void write_wrapped(std::ostream &out, const std::string &text, std::size_t at, std::size_t indent);

std::string in_quotes(const std::string &text);

// ---- Values

// Stores the word that follows an option, or stands for an argument. Returns what is wrong with it, or nothing.
using Take = std::function<std::string(const std::string &word)>;

Take text(std::string &to);
Take texts(std::vector<std::string> &to);  // adds it to the others

// Returns what is wrong with `word` as a decimal number from `min` to `max`.
std::string read_number(const std::string &word, std::uint64_t min, std::uint64_t max, std::uint64_t &value);

template <class T>
Take number(T &to, std::uint64_t min, std::uint64_t max) {
    return [&to, min, max](const std::string &word) {
        std::uint64_t value = 0;
        std::string wrong = read_number(word, min, max, value);
        if (wrong.empty()) to = static_cast<T>(value);
        return wrong;
    };
}

// Returns what is wrong with `word` as one of `names`; `index` is its place among them.
std::string read_choice(const std::string &word, const std::vector<std::string> &names, std::size_t &index);

// One of several names, each of which stands for a value.
template <class T>
Take choice(T &to, const std::vector<std::pair<std::string, T>> &choices) {
    return [&to, choices](const std::string &word) {
        std::vector<std::string> names;
        for (const auto &[name, value] : choices)
            names.push_back(name);
        std::size_t index = 0;
        std::string wrong = read_choice(word, names, index);
        if (wrong.empty()) to = choices[index].second;
        return wrong;
    };
}

// ---- Declarations

class Option {
  public:
    explicit Option(CLI::Option &option) : option_(option) {}

    Option &group(const char *heading);  // of the help, in the place of "Options"; empty: the help leaves it out
    Option &required();
    Option &any_number();      // of an argument: several words
    Option &repeatable();      // may be given several times
    Option &list();            // words separated by commas
    Option &value_optional();  // without a value, Take gets an empty word

  private:
    CLI::Option &option_;
};

struct Example {
    std::string command;
    std::string what;
};

// What all functions return is valid as long as the Program.
class Command {
  public:
    explicit Command(CLI::App &app) : app_(&app) {}

    void set_examples(const std::vector<Example> &examples);
    void set_alias(const char *name);
    // All words from the first argument on are arguments, options, too.
    void end_at_first_argument();
    // `check` is called if the words name this command, after they have been taken. It returns what is wrong with them.
    void then(std::function<std::string()> check);

    // NAMES is "-w,--watch"; "--no-headers{false}" stores false, and "--user,!--actor" has a name for each value.
    Option flag(const char *names, bool &to, const std::string &what);
    Option option(const char *names, const char *value_name, const std::string &what, Take take);
    Option argument(const char *name, const std::string &what, Take take);

    Command add_command(const char *name, const char *what);

  protected:
    CLI::App *app_;
};

class Program : public Command {
  public:
    // `version` is the text of --version.
    Program(const char *name, const char *what, const std::string &version);
    ~Program();

    std::vector<std::string> command_names() const;
    std::string help() const;
    std::string help_for(const std::string &command) const;

    // Returns nothing if the program is to go on. Otherwise returns its exit status: 0 if help or the version was asked
    // for and is on `output`, 1 if it could not be written, 2 if the words are wrong; `errors` says why.
    std::optional<int> parse(int argc, const char *const *argv, std::ostream &output, std::ostream &errors);
    // Says on `errors` what is wrong, and where help is. Returns the exit status.
    int fail(const std::string &message, std::ostream &errors) const;

  private:
    std::unique_ptr<CLI::App> owned_;
};

}  // namespace chorus::usage
