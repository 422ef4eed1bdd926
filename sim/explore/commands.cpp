#include "explore/commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <stdexcept>

#include "run/json.hpp"
#include "script/render.hpp"

namespace chorus::sim {

namespace {

// For who sits and waits: how many orders were run, once a second.
class Progress {
  public:
    void one_more() {
        ++orders_;
        if (!shown_ || Clock::now() < next_) return;
        next_ = Clock::now() + std::chrono::seconds(1);
        std::fprintf(stderr, "\r%llu orders", orders_);
        printed_ = true;
    }
    void end() const {
        if (printed_) std::fprintf(stderr, "\r%24s\r", "");
    }

  private:
    using Clock = std::chrono::steady_clock;

    const bool shown_ = isatty(STDERR_FILENO) != 0;
    unsigned long long orders_ = 0;
    Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
    bool printed_ = false;
};

std::string counted(std::uint64_t number, const std::string &what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

// How many orders there are, equal ones too: counted by running them, so not beyond some number.
constexpr std::uint64_t counted_max = 100'000;
std::uint64_t count_orders(const Script &script) {
    ExploreOptions all;
    all.reduce = all.check_always = false;
    all.note_all = true;  // plays on after another outcome
    std::uint64_t count = 0;
    explore(script, all, [&count](const Play &) { return ++count < counted_max; });
    return count;
}

void print_found(const char *what, const ExploreCommand &command, const Explored::Found &found) {
    std::printf("%s in order %s: %s\n", what, found.order.c_str(), found.what.c_str());
    std::printf("again: chorus-sim replay %s %s\n", command.file.c_str(), found.order.c_str());
}

// The exit status. A failure is explained on the error output.
int judge(const ExploreCommand &command, const Explored &explored) {
    if (explored.failures == 0) return 0;
    std::fprintf(stderr, "chorus-sim: %s: %s with another outcome than the scenario says\n", command.file.c_str(),
                 counted(explored.failures, "order").c_str());
    return 1;
}

// Why no play of the scenario can have this order, or nothing.
std::string problem_of(const std::string &order, const Script &script) {
    if (!script.interleaves())
        return order.empty() ? "" : script.file + " has no 'interleave', so it has no orders; 'chorus-sim run' runs it";
    const std::vector<int> actors = script.interleaved_actors();
    for (const char letter : order)
        if (std::find(actors.begin(), actors.end(), letter - 'a') == actors.end())
            return std::string("'") + letter + "' in order '" + order +
                   "' is not the letter of an actor; the letters in " + script.file + " are " +
                   letters_text(script.actors, actors);
    return {};
}

}  // namespace

int explore_file(const ExploreCommand &command) {
    ExploreOptions options = command.options;
    Script script = read_script(command.file);
    script.spawn_limit = command.spawn_limit;
    if (!script.interleaves())
        throw std::runtime_error(command.file + ": nothing to explore: there is no 'interleave' in it");
    // With --json also everything that each step came to, in any order.
    std::set<std::string> outcomes;
    options.note_all = true;
    Progress progress;
    const auto collect = [&](const Play &play) {
        for (const Play::Done &one : play.done)
            if (command.json) outcomes.insert(std::to_string(one.step->line) + ": " + one.outcome);
        progress.one_more();
        return true;
    };
    const Explored explored = explore(script, options, collect);
    progress.end();
    if (command.json) {
        std::printf("%s\n", json_text(explored, outcomes).c_str());
        return judge(command, explored);
    }
    std::string run = counted(explored.orders, "order");
    if (options.reduce && !options.bound && options.shards == 1) {
        const std::uint64_t count = count_orders(script);
        run = std::to_string(explored.orders) + (count == counted_max ? " of more than " : " of ") +
              counted(count, "order");
    }
    std::printf("%s: %s run, %llu more abandoned as equivalent to one of them\n", command.file.c_str(), run.c_str(),
                static_cast<unsigned long long>(explored.redundant));
    std::printf("%s, %s with another outcome\n", counted(explored.deadlocks, "deadlock").c_str(),
                counted(explored.failures, "order").c_str());
    if (explored.deadlock) print_found("deadlock", command, *explored.deadlock);
    if (explored.failure) print_found("failure", command, *explored.failure);
    std::fflush(stdout);
    return judge(command, explored);
}

int replay_file(const ReplayCommand &command) {
    Script script = read_script(command.file);
    script.spawn_limit = command.spawn_limit;
    if (const std::string problem = problem_of(command.order, script); !problem.empty()) {
        std::fprintf(stderr, "chorus-sim: %s\nTry 'chorus-sim replay --help'.\n", problem.c_str());
        return 2;
    }
    std::string why;
    const auto world = command.world == WorldKind::model ? make_model(script) : make_real(script, why);
    if (!world) throw std::runtime_error(why);
    FixedOrder chooser(command.order);
    Play play(script, *world, chooser);
    play.note_all = true;
    play.run();
    const std::string unfit = "order '" + command.order + "' does not fit " + command.file + ": ";
    for (const Play::Done &one : play.done)
        std::printf("%s\n",
                    with_outcome(script.lines[static_cast<std::size_t>(one.step->line) - 1], one.outcome).c_str());
    if (chooser.blocked()) {
        const int actor = command.order[play.order.size()] - 'a';
        throw std::runtime_error(unfit + "after '" + play.order + "', " + script.name_of(actor) +
                                 " cannot make another step");
    }
    if (chooser.wrong())
        throw std::runtime_error(unfit + "the scenario ends" + (play.stuck ? " in a deadlock" : "") + " after '" +
                                 play.order + "'");
    if (play.stuck) std::printf("deadlock: %s\n", play.stuck->c_str());
    for (const Mismatch &mismatch : play.mismatches)
        std::printf("%s:%d: expected %s, found %s\n", script.file.c_str(), mismatch.line, mismatch.expected.c_str(),
                    mismatch.found.c_str());
    if (play.mismatches.empty()) return 0;
    std::fflush(stdout);
    std::fprintf(stderr, "chorus-sim: %s: %s with another outcome than the scenario says\n", command.file.c_str(),
                 counted(play.mismatches.size(), "step").c_str());
    return 1;
}

}  // namespace chorus::sim
