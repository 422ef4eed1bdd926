// chorus-scheme: runs a Scheme program as an actor. Finds an interpreter, the Scheme libraries and libchorus, and
// becomes the interpreter.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "client/usage.hpp"
#include "client/version.hpp"

namespace {

namespace fs = std::filesystem;
namespace usage = chorus::usage;

enum class BackEnd { any, chez, guile };

struct CommandLine {
    BackEnd back_end = BackEnd::any;
    std::string expression;
    std::vector<std::string> program;  // the file, and its arguments
};

// What a program with -e can use without importing it.
constexpr const char *imports =
    "(import (vicare) (prefix (vicare posix) px.) (vicare platform constants)"
    " (vicare language-extensions syntaxes) (chorus))\n";

const std::vector<usage::Example> examples{
    {"chorus-scheme counter.sps", "Run a program and print the values of its expressions."},
    {"chorus-scheme --backend guile counter.sps", "Run it with Guile."},
    {"chorus-scheme -e '(px.sysconf _SC_PAGESIZE)'", "Print the value of an expression."},
};

std::optional<int> read_command_line(int argc, const char *const *argv, CommandLine &line) {
    usage::Program program("chorus-scheme", "Runs a Scheme program as an actor.",
                           chorus::client::version_text("chorus-scheme"));
    program.set_examples(examples);
    program.end_at_first_argument();
    program.argument("FILE", "R6RS program; the words after it are its arguments", usage::texts(line.program))
        .any_number();
    program.option("-e", "EXPRESSION", "run this instead of a file; it can use the libraries of (vicare)",
                   usage::text(line.expression));
    program.option("--backend", "NAME", "interpreter: chez or guile (default: the first one that is installed)",
                   usage::choice<BackEnd>(line.back_end, {{"chez", BackEnd::chez}, {"guile", BackEnd::guile}}));
    program.then([&line]() -> std::string {
        if (line.expression.empty() == line.program.empty()) return "it needs a FILE, or -e and an EXPRESSION";
        return {};
    });
    return program.parse(argc, argv, std::cout, std::cerr);
}

// The folder of the prefix, or of the build tree.
fs::path prefix() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
}

// Becomes the first of these programs that there is.
void become(const std::vector<const char *> &names, std::vector<std::string> words) {
    std::vector<char *> arguments;
    for (std::string &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    for (const char *name : names) {
        words[0] = name;
        arguments[0] = words[0].data();
        execvp(name, arguments.data());
    }
}

}  // namespace

int main(int argc, char **argv) {
    CommandLine line;
    if (const auto status = read_command_line(argc, argv, line)) return *status;
    const std::string program = line.program.empty() ? "-e" : line.program.front();
    if (line.expression.empty() && access(program.c_str(), R_OK) != 0) {
        std::fprintf(stderr, "chorus-scheme: %s: %s\n", program.c_str(), std::strerror(errno));
        return 1;
    }
    std::vector<std::string> rest = line.program;
    if (rest.empty()) rest = {"-e", imports + line.expression};

    const std::string scheme = prefix() / CHORUS_DATADIR / "chorus/scheme";
    const std::string chez = scheme + "/chez", guile = scheme + "/guile", common = scheme + "/common";
    for (const char *directory : {CHORUS_LIBDIR, "lib"}) {
        const fs::path library = prefix() / directory / "libchorus.so.0";
        if (fs::exists(library)) setenv("LIBCHORUS", library.c_str(), 0);
    }
    const auto words = [&](std::vector<std::string> first) {
        first.insert(first.end(), rest.begin(), rest.end());
        return first;
    };
    if (line.back_end != BackEnd::guile)
        become({"chezscheme", "chez"}, words({"", "--libdirs", chez + ":" + common, "--script", chez + "/run.ss"}));
    if (line.back_end != BackEnd::chez)
        become({"guile", "guile3.0"},
               words({"", "--no-auto-compile", "--r6rs", "-x", ".sls", "-L", guile, "-L", common, guile + "/run.scm"}));
    std::fprintf(stderr, "chorus-scheme: no interpreter is installed: install the package %s\n",
                 line.back_end == BackEnd::chez    ? "chezscheme"
                 : line.back_end == BackEnd::guile ? "guile-3.0"
                                                   : "chezscheme or guile-3.0");
    return 1;
}
