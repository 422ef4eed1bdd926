#include "client/usage.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <sstream>

#include "client/nearest.hpp"

namespace chorus::usage {

void write_wrapped(std::ostream &out, const std::string &text, std::size_t at, std::size_t indent) {
    constexpr std::size_t width = 80;
    if (indent > 0 && at + 2 > indent) {
        out << '\n';
        at = 0;
    }
    out << std::string(indent - at, ' ');
    at = indent;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (at > indent && at + 1 + word.size() > width) {
            out << '\n' << std::string(indent, ' ');
            at = indent;
        }
        if (at > indent) {
            out << ' ';
            ++at;
        }
        out << word;
        at += word.size();
    }
    out << '\n';
}

std::string in_quotes(const std::string &text) {
    return "'" + text + "'";
}

namespace {

std::string full_name(const CLI::App &app) {
    return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

// One block for arguments, commands and each group of options; one entry per line, after two blanks. The footer of an
// application is its examples.
class HelpFormatter : public CLI::FormatterBase {
  public:
    std::string make_help(const CLI::App *app, std::string, CLI::AppFormatMode) const override {
        std::ostringstream out;
        write_usage(out, *app);
        if (!app->get_description().empty()) {
            out << '\n';
            write_wrapped(out, app->get_description(), 0, 0);
        }
        for (const std::string &alias : app->get_aliases())
            out << "Alias: " << alias << '\n';
        write_commands(out, *app);
        write_arguments(out, *app);
        write_options(out, *app);
        if (!app->get_footer().empty()) out << "\nExamples:\n" << app->get_footer();
        if (!app->get_subcommands({}).empty())
            out << "\n'" << full_name(*app) << " COMMAND --help' describes a command.\n";
        return out.str();
    }

  private:
    static std::vector<const CLI::Option *> arguments_of(const CLI::App &app) {
        return app.get_options([](const CLI::Option *option) { return option->get_positional(); });
    }
    static std::string value_name(const CLI::Option &option) {
        const std::string type = option.get_type_name();  // "NAME:what its validators add"
        return type.substr(0, type.find(':'));
    }
    static std::string argument_label(const CLI::Option &argument) {
        return argument.get_name(true) + (argument.get_items_expected_max() > 1 ? "..." : "");
    }
    static std::string option_label(const CLI::Option &option) {
        std::string label = option.get_name(false, true);  // "-w,--watch", "--user,--actor{false}"
        for (auto at = label.find('{'); at != std::string::npos; at = label.find('{'))
            label.erase(at, label.find('}', at) + 1 - at);
        if (const auto comma = label.find(','); comma != std::string::npos) label.insert(comma + 1, " ");
        if (option.get_items_expected_max() == 0) return label;
        const std::string value = value_name(option);
        return label + (option.get_items_expected_min() == 0 ? " [" + value + "]" : " " + value);
    }

    static void write_usage(std::ostream &out, const CLI::App &app) {
        std::string line = "Usage: " + full_name(app) + " [OPTIONS]";
        if (!app.get_subcommands({}).empty()) line += " COMMAND";
        for (const CLI::Option *argument : arguments_of(app))
            line += argument->get_required() ? " " + argument_label(*argument) : " [" + argument_label(*argument) + "]";
        out << line << '\n';
    }
    static void write_entry(std::ostream &out, const std::string &label, const std::string &text) {
        constexpr std::size_t column = 28;
        out << "  " << label;
        write_wrapped(out, text, 2 + label.size(), column);
    }
    static void write_commands(std::ostream &out, const CLI::App &app) {
        const auto commands = app.get_subcommands({});
        if (commands.empty()) return;
        out << "\nCommands:\n";
        for (const CLI::App *command : commands)
            write_entry(out, command->get_name(), first_sentence(command->get_description()));
    }
    // Without its full stop.
    static std::string first_sentence(const std::string &text) {
        const std::string sentence = text.substr(0, text.find(". "));
        return sentence.substr(0, sentence.size() - (sentence.ends_with('.') ? 1 : 0));
    }
    static void write_arguments(std::ostream &out, const CLI::App &app) {
        const auto arguments = arguments_of(app);
        if (arguments.empty()) return;
        out << "\nArguments:\n";
        for (const CLI::Option *argument : arguments)
            write_entry(out, argument_label(*argument), argument->get_description());
    }
    static void write_options(std::ostream &out, const CLI::App &app) {
        std::vector<std::string> groups = app.get_groups();
        std::stable_partition(groups.begin(), groups.end(), [](const std::string &name) { return name != "Options"; });
        for (const std::string &group : groups) {
            auto options = app.get_options([&](const CLI::Option *option) {
                return !group.empty() && option->nonpositional() && option->get_group() == group;
            });
            if (options.empty()) continue;
            // --help and --version come last.
            std::stable_partition(options.begin(), options.end(), [&](const CLI::Option *option) {
                return option != app.get_help_ptr() && option != app.get_version_ptr();
            });
            out << '\n' << group << ":\n";
            for (const CLI::Option *option : options)
                write_entry(out, option_label(*option), option->get_description());
        }
    }
};

// "text, tap or json"
std::string list_of(const std::vector<std::string> &names) {
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i)
        list += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    return list;
}

// ---- Wrong words

// The command that the words name, as far as they do.
const CLI::App &named_command(const CLI::App &app) {
    const auto commands = app.get_subcommands();
    return commands.empty() ? app : named_command(*commands.front());
}

std::vector<std::string> option_names(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::Option *option :
         app.get_options([](const CLI::Option *one) { return one->nonpositional() && !one->get_group().empty(); }))
        for (const std::string &name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

std::vector<std::string> names_of_commands(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::App *command : app.get_subcommands({}))
        names.push_back(command->get_name());
    return names;
}

// What is wrong with a word that no option, command or argument takes.
std::string unknown_word(const CLI::App &app, const std::string &word) {
    const CLI::App &command = named_command(app);
    if (word.size() > 1 && word[0] == '-') {
        const std::string name = word.substr(0, word.find('='));
        return "unknown option " + in_quotes(name) + client::did_you_mean(name, option_names(command));
    }
    const auto commands = names_of_commands(command);
    if (commands.empty()) return "unexpected argument " + in_quotes(word);
    const std::string meant = client::did_you_mean(word, commands);
    return "unknown command " + in_quotes(word) + (meant.empty() ? "; the commands are " + list_of(commands) : meant);
}

// What is wrong with a flag that has a value. A flag that is declared as "--json{1}" may be written --json=1, too.
std::string value_of_flag(const CLI::App &command, const std::string &flag) {
    const std::string begin = flag + "{";
    for (const CLI::Option *option : command.get_options()) {
        const std::string label = option->get_name(false, true);
        const auto at = label.find(begin);
        if (at == std::string::npos) continue;
        const std::string value = label.substr(at + begin.size(), label.find('}', at) - at - begin.size());
        if (value != "false")  // which says what the program stores
            return "option " + in_quotes(flag) + " takes no value but " + value + ": write " + flag + " or " + flag +
                   "=" + value;
    }
    return "option " + in_quotes(flag) + " takes no value: write " + flag;
}

// What is wrong, in words that name what the user has written.
std::string explain(const CLI::App &app, const CLI::ParseError &error) {
    const auto kind = static_cast<CLI::ExitCodes>(error.get_exit_code());
    const bool incomplete = kind == CLI::ExitCodes::RequiredError;
    std::string text = error.what();
    const CLI::App &command = named_command(app);
    const auto rest = app.remaining(true);
    if (!rest.empty() && (incomplete || kind == CLI::ExitCodes::ExtrasError)) return unknown_word(app, rest.front());
    if (incomplete && !command.get_subcommands({}).empty())
        return "a command is missing: " + list_of(names_of_commands(command));
    if (incomplete) return text.substr(0, text.find(" is required")) + " is missing";
    if (kind != CLI::ExitCodes::ArgumentMismatch) return text;
    if (const auto end = text.find(" was given a disallowed flag override"); end != std::string::npos)
        return value_of_flag(command, (end == 1 ? "-" : "--") + text.substr(0, end));
    const std::string option = "option " + in_quotes(text.substr(0, text.find(':')));
    if (text.find("At Most") != std::string::npos) return option + " is given more than once";
    return text.find("missing") != std::string::npos ? option + " needs a value" : text;
}

void refuse_values_of_flags(CLI::App &app) {
    for (CLI::Option *option : app.get_options([](CLI::Option *one) { return one->get_items_expected_max() == 0; }))
        option->disable_flag_override();
    for (CLI::App *command : app.get_subcommands([](CLI::App *) { return true; }))
        refuse_values_of_flags(*command);
}

}  // namespace

// ---- Values

Take text(std::string &to) {
    return [&to](const std::string &word) {
        to = word;
        return std::string();
    };
}

Take texts(std::vector<std::string> &to) {
    return [&to](const std::string &word) {
        to.push_back(word);
        return std::string();
    };
}

std::string read_number(const std::string &word, std::uint64_t min, std::uint64_t max, std::uint64_t &value) {
    const bool digits = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    const bool fits = digits && word.size() <= 20 && (word.size() < 20 || word <= "18446744073709551615");
    if (fits) value = std::stoull(word);
    if (fits && value >= min && value <= max) return {};
    return in_quotes(word) + " is not a number from " + std::to_string(min) + " to " + std::to_string(max);
}

std::string read_choice(const std::string &word, const std::vector<std::string> &names, std::size_t &index) {
    const auto found = std::find(names.begin(), names.end(), word);
    index = static_cast<std::size_t>(found - names.begin());
    if (found != names.end()) return {};
    return in_quotes(word) + " is not " + list_of(names) + client::did_you_mean(word, names);
}

// ---- Declarations

Option &Option::group(const char *heading) {
    option_.group(heading);
    return *this;
}

Option &Option::required() {
    option_.required();
    return *this;
}

Option &Option::any_number() {
    option_.expected(CLI::detail::expected_max_vector_size);
    return *this;
}

Option &Option::repeatable() {
    any_number();
    option_.allow_extra_args(false);
    return *this;
}

Option &Option::list() {
    option_.delimiter(',');
    return repeatable();
}

Option &Option::value_optional() {
    option_.expected(0, 1);
    return *this;
}

void Command::set_examples(const std::vector<Example> &examples) {
    std::string text;
    for (const Example &example : examples)
        text += "  " + example.command + "\n      " + example.what + "\n";
    app_->footer(text);
}

void Command::set_alias(const char *name) {
    app_->alias(name);
}

void Command::end_at_first_argument() {
    app_->prefix_command()->positionals_at_end();
}

void Command::then(std::function<std::string()> check) {
    app_->callback([check] {
        const std::string wrong = check();
        if (!wrong.empty()) throw CLI::ValidationError(wrong);
    });
}

Option Command::flag(const char *names, bool &to, const std::string &what) {
    return Option(*app_->add_flag(names, to, what));
}

Option Command::option(const char *names, const char *value_name, const std::string &what, Take take) {
    const std::string all = names;
    const std::string name = all.substr(all.rfind(',') + 1);
    const auto take_all = [take, name](const CLI::results_t &words) {
        for (const std::string &word : words) {
            const std::string wrong = take(word);
            if (!wrong.empty()) throw CLI::ValidationError(name, wrong);
        }
        return true;
    };
    CLI::Option *added = app_->add_option(names, take_all, what);
    return Option(*added->type_name(value_name));
}

Option Command::argument(const char *name, const std::string &what, Take take) {
    return option(name, "", what, take);
}

Command Command::add_command(const char *name, const char *what) {
    return Command(*app_->add_subcommand(name, what));
}

// ---- The program

Program::Program(const char *name, const char *what, const std::string &version)
    : Command(*new CLI::App(what, name)), owned_(app_) {
    app_->formatter(std::make_shared<HelpFormatter>());
    app_->set_help_flag("-h,--help", "print this help and exit");
    app_->set_version_flag("--version", version, "print the version and exit");
}

Program::~Program() = default;

std::vector<std::string> Program::command_names() const {
    return names_of_commands(*app_);
}

std::string Program::help() const {
    return HelpFormatter().make_help(app_, "", CLI::AppFormatMode::Normal);
}

std::string Program::help_for(const std::string &command) const {
    return app_->get_subcommand(command)->help();
}

std::optional<int> Program::parse(int argc, const char *const *argv, std::ostream &output, std::ostream &errors) {
    CLI::App &app = *app_;
    if (!app.get_subcommands({}).empty()) app.require_subcommand(1);
    refuse_values_of_flags(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        if (error.get_exit_code() != 0) return fail(explain(app, error), errors);
        app.exit(error, output, errors);
        if (output.flush()) return 0;
        errors << app.get_name() << ": cannot write the output: " << std::strerror(errno) << '\n';
        return 1;
    }
    // A command that takes a program and its arguments leaves an unknown option before them.
    const auto rest = app.remaining(true);
    return rest.empty() ? std::nullopt : std::optional(fail(unknown_word(app, rest.front()), errors));
}

int Program::fail(const std::string &message, std::ostream &errors) const {
    errors << app_->get_name() << ": " << message << "\nTry '" << full_name(named_command(*app_)) << " --help'.\n";
    return wrong_usage;
}

}  // namespace chorus::usage
