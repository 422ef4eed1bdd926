#include "random/command.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>
#include <vector>

#include "random/workload.hpp"
#include "script/render.hpp"
#include "script/text.hpp"

namespace chorus::sim {

namespace {

// What came of a scenario in one world.
struct Came {
    std::string transcript;  // one line for each step that was made
    std::string broken;      // what is wrong with the world, or nothing
    bool operator==(const Came &) const = default;
};

Came play(const std::string &text, WorldKind kind) {
    Came came;
    try {
        const Script script = parse("random", text, Outcomes::optional);
        std::string why;
        const auto world = kind == WorldKind::model ? make_model(script) : make_real(script, why);
        FixedOrder chooser("");
        Play play(script, *world, chooser);
        play.note_all = play.skip_impossible = true;
        play.run();
        for (const Play::Done &one : play.done) {
            came.transcript +=
                with_outcome(script.lines[static_cast<std::size_t>(one.step->line) - 1], one.outcome) + "\n";
            if (one.outcome.compare(0, 6, "broken") == 0) came.broken = one.outcome;
        }
    } catch (const std::exception &error) {
        came.broken = error.what();
    }
    return came;
}

// In a process of its own: a kernel that finds itself broken ends it.
Came play_apart(const std::string &text, WorldKind kind) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return {"", "no pipe is left"};
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        const Came came = play(text, kind);
        const std::string all = came.broken + '\0' + came.transcript;
        for (std::size_t done = 0; done < all.size();) {
            const ssize_t size = write(ends[1], all.data() + done, all.size() - done);
            if (size <= 0) break;
            done += static_cast<std::size_t>(size);
        }
        _exit(0);
    }
    close(ends[1]);
    if (child < 0) return {"", "no process can be started"};
    std::string all;
    for (char part[4096];;) {
        const ssize_t size = read(ends[0], part, sizeof part);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        all.append(part, static_cast<std::size_t>(size));
    }
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) return {"", "the kernel ended itself, with signal " + std::to_string(WTERMSIG(status))};
    const std::size_t border = all.find('\0');
    if (WEXITSTATUS(status) != 0 || border == std::string::npos)
        return {"", "the world ended itself, with status " + std::to_string(WEXITSTATUS(status))};
    return {all.substr(border + 1), all.substr(0, border)};
}

std::string joined(const std::vector<std::string> &lines) {
    std::string text;
    for (const std::string &line : lines)
        text += line + "\n";
    return text;
}

// What is wrong with it, or nothing.
std::string judge(const std::vector<std::string> &lines, WorldKind world) {
    const std::string text = joined(lines);
    Came model, real;
    if (world != WorldKind::real) model = play_apart(text, WorldKind::model);
    if (!model.broken.empty()) return model.broken;
    if (world != WorldKind::model) real = play_apart(text, WorldKind::real);
    if (!real.broken.empty()) return "real world: " + real.broken;
    const bool differ = world == WorldKind::both && model.transcript != real.transcript;
    return differ ? difference(model.transcript, real.transcript) : "";
}

// Names are given before they are used.
bool readable(const std::vector<std::string> &lines) {
    try {
        parse("random", joined(lines), Outcomes::optional);
        return true;
    } catch (const ScriptErrors &) {
        return false;
    }
}

// Leaves out as many lines as it can, in ever smaller pieces, so that it still fails.
std::vector<std::string> shrink(std::vector<std::string> lines, WorldKind world) {
    for (std::size_t piece = lines.size() / 2; piece > 0;) {
        bool shorter = false;
        for (std::size_t at = 1; at < lines.size();) {  // the first line is the comment
            std::vector<std::string> without = lines;
            const auto begin = without.begin() + static_cast<std::ptrdiff_t>(at);
            without.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(piece, without.size() - at)));
            if (readable(without) && !judge(without, world).empty()) {
                lines = std::move(without);
                shorter = true;
            } else {
                at += piece;
            }
        }
        if (!shorter || piece > 1) piece = piece == 1 ? 0 : (piece + 1) / 2;
    }
    return lines;
}

int report(const RandomCommand &command, std::uint64_t seed, const std::vector<std::string> &lines,
           const std::string &wrong) {
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), wrong.c_str());
    std::printf("again: chorus-sim random --seed %llu --actors %u --steps %u --world %s\n",
                static_cast<unsigned long long>(seed), command.actors, command.steps, name_of(command.world));
    std::fflush(stdout);
    const std::vector<std::string> shorter = shrink(lines, command.world);
    const std::string file = "random-" + std::to_string(seed) + ".scn";
    // With what came of its steps, as far as the model gets.
    const Came came = play_apart(joined(shorter), WorldKind::model);
    std::ofstream out(file, std::ios::trunc);
    if (came.transcript.empty()) {
        out << joined(shorter);
    } else {
        for (const std::string &line : shorter)
            if (line[0] == '#' || line.compare(0, 6, "actor ") == 0) out << line << "\n";
        out << came.transcript;
    }
    std::printf("%s: %zu lines of it: %s\n", file.c_str(), shorter.size(), judge(shorter, command.world).c_str());
    std::fflush(stdout);
    std::fprintf(stderr, "chorus-sim: the workload of seed %llu failed; %s has the steps\n",
                 static_cast<unsigned long long>(seed), file.c_str());
    return 1;
}

}  // namespace

int run_random(const RandomCommand &command) {
    std::uint64_t seed = command.seed ? *command.seed : std::random_device{}();
    for (unsigned round = 0; round < command.rounds; ++round, ++seed) {
        const auto lines = random_scenario(seed, command.actors, command.steps);
        if (command.print) {
            const Came came = play_apart(joined(lines), command.world);
            std::printf("%s", came.transcript.c_str());
            std::fflush(stdout);
            if (!came.broken.empty()) throw std::runtime_error("seed " + std::to_string(seed) + ": " + came.broken);
            continue;
        }
        const std::string wrong = judge(lines, command.world);
        if (!wrong.empty()) return report(command, seed, lines, wrong);
        if (isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\r%u of %u rounds\r", round + 1, command.rounds);
    }
    if (command.print) return 0;
    std::printf("%u rounds of %u steps from seed %llu on, %s: passed\n", command.rounds, command.steps,
                static_cast<unsigned long long>(seed - command.rounds), name_of(command.world));
    return 0;
}

}  // namespace chorus::sim
