#include "run/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "client/nearest.hpp"
#include "explore/explore.hpp"
#include "script/render.hpp"
#include "script/text.hpp"

namespace chorus::sim {

namespace {

std::string difference_text(const Mismatch &mismatch, const std::string &order) {
    // What a shell says of a program that it cannot run.
    const bool not_run = mismatch.found.starts_with("exit 127");
    return "expected " + mismatch.expected + ", found " + mismatch.found +
           (not_run ? " (perhaps the program is not in PATH: CHORUS_SIM_DEBUG=1 shows what it says)" : "") +
           (order.empty() ? "" : "\n  in order " + order);
}

std::string line_of(const Script &script, const Mismatch &mismatch, const std::string &order) {
    const std::string text =
        script.file + ":" + std::to_string(mismatch.line) + ": " + difference_text(mismatch, order);
    return order.empty() ? text : text + "; again: chorus-sim replay " + script.file + " " + order;
}

bool any_by_order(const std::vector<Block> &blocks) {
    return std::any_of(blocks.begin(), blocks.end(),
                       [](const Block &block) { return !block.step.by_order.empty() || any_by_order(block.body); });
}

// Where outcomes are listed by order, all orders are to be there.
ExploreOptions options_for(const Script &script) {
    ExploreOptions options;
    options.reduce = !any_by_order(script.blocks);
    return options;
}

void fail(FileReport &report, const std::string &why) {
    report.state = FileReport::State::failed;
    report.why += (report.why.empty() ? "" : "\n") + why;
}

void judge(FileReport &report, const Script &script, const std::vector<Played> &plays) {
    report.orders = plays.size();
    for (const Played &play : plays) {
        report.steps += play.steps;
        if (report.state == FileReport::State::failed || play.mismatches.empty()) continue;
        const Mismatch &first = play.mismatches.front();
        fail(report, line_of(script, first, play.order));
        report.places.push_back({first.line, 0, difference_text(first, play.order)});
        report.shown = transcript_of(script, {play});
    }
    report.transcript = transcript_of(script, plays);
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void write_file(const std::string &file, const std::string &text) {
    std::ofstream out(file, std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error(file + ": cannot be written");
}

// Says why a file cannot be read, by errno, and which one in its folder was meant. `advice` is for no such file.
std::string unreadable(const std::string &file, const std::string &advice) {
    const int error = errno;
    std::string text = "cannot read " + file + ": " + std::strerror(error);
    if (error == EACCES) return text;
    if (error != ENOENT) return text + "; " + advice;
    const std::filesystem::path path(file);
    std::vector<std::string> beside;
    std::error_code ignored;
    for (const auto &entry : std::filesystem::directory_iterator(path.parent_path() / ".", ignored))
        if (entry.path().extension() == ".scn") beside.push_back(entry.path().filename());
    const std::string meant = client::nearest_name(path.filename().string(), beside);
    if (meant.empty()) return text + "; " + advice;
    return text + "; did you mean '" + (path.parent_path() / meant).string() + "'?";
}

// The files, and for a folder all scenarios below it, in the order of their paths.
std::vector<std::string> scenarios_in(const std::vector<std::string> &named) {
    std::string problems;
    for (const std::string &name : named)
        if (access(name.c_str(), R_OK) != 0)
            problems += (problems.empty() ? "" : "\nchorus-sim: ") +
                        unreadable(name, "name a scenario (*.scn) or a folder with scenarios");
    if (!problems.empty()) throw std::runtime_error(problems);
    std::vector<std::string> files;
    for (const std::string &name : named) {
        if (!std::filesystem::is_directory(name)) {
            files.push_back(name);
            continue;
        }
        std::vector<std::string> below;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(name))
            if (entry.path().extension() == ".scn" && entry.is_regular_file()) below.push_back(entry.path().string());
        if (below.empty()) throw std::runtime_error(name + ": there is no scenario (*.scn) in this folder");
        std::sort(below.begin(), below.end());
        files.insert(files.end(), below.begin(), below.end());
    }
    return files;
}

// The exit status. Failures are named on the error output.
int judge(const std::vector<FileReport> &reports) {
    std::size_t failed = 0;
    std::vector<std::string> files;
    for (const FileReport &report : reports) {
        if (report.state != FileReport::State::failed) continue;
        ++failed;
        if (std::find(files.begin(), files.end(), report.file) == files.end()) files.push_back(report.file);
    }
    if (failed == 0) return 0;
    constexpr std::size_t named_max = 5;
    std::string names;
    for (std::size_t i = 0; i < files.size() && i < named_max; ++i)
        names += (i == 0 ? "" : ", ") + files[i];
    if (files.size() > named_max) names += " and " + std::to_string(files.size() - named_max) + " more";
    std::fflush(stdout);
    std::fprintf(stderr, "chorus-sim: %zu of %zu scenarios failed: %s\n", failed, reports.size(), names.c_str());
    return 1;
}

}  // namespace

const char *name_of(WorldKind world) {
    return world == WorldKind::model ? "model" : world == WorldKind::real ? "real" : "both";
}

const char *name_of(FileReport::State state) {
    return state == FileReport::State::passed ? "passed" : state == FileReport::State::failed ? "failed" : "skipped";
}

std::string difference(const std::string &model, const std::string &real) {
    std::istringstream one(model), other(real);
    std::string of_model, of_real;
    for (;;) {
        const bool more_model = static_cast<bool>(std::getline(one, of_model));
        const bool more_real = static_cast<bool>(std::getline(other, of_real));
        if (!more_model) of_model = "(its end)";
        if (!more_real) of_real = "(its end)";
        if (of_model != of_real || (!more_model && !more_real))
            return "the worlds differ\n  model: " + of_model + "\n  real:  " + of_real;
    }
}

Script read_script(const std::string &file, Outcomes outcomes) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE *)> in(std::fopen(file.c_str(), "r"), std::fclose);
    if (!in) throw std::runtime_error(unreadable(file, "name a scenario (*.scn)"));
    std::string text;
    char part[4096];
    while (const std::size_t count = std::fread(part, 1, sizeof part, in.get()))
        text.append(part, count);
    if (std::ferror(in.get()) != 0) throw std::runtime_error(unreadable(file, "name a scenario (*.scn)"));
    return parse(file, text, outcomes);
}

std::optional<std::vector<Played>> play_all(const Script &script, WorldKind world, std::string &why) {
    std::vector<Played> plays;
    const auto keep = [&plays](const Play &play) {
        plays.push_back({play.order, play.done, play.mismatches, play.steps});
        return true;
    };
    ExploreOptions options = options_for(script);
    options.note_all = true;
    if (world == WorldKind::model) {
        explore(script, options, keep);
        return plays;
    }
    std::vector<std::string> orders{""};
    if (script.interleaves()) {
        orders.clear();
        explore(script, options, [&orders](const Play &play) {
            orders.push_back(play.order);
            return true;
        });
    }
    for (const std::string &order : orders) {
        const auto real = make_real(script, why);
        if (!real) return std::nullopt;
        FixedOrder chooser(order);
        Play play(script, *real, chooser);
        play.note_all = true;
        play.run();
        if (chooser.wrong()) play.mismatches.push_back({1, "order " + order, "one of its actors cannot go on there"});
        keep(play);
    }
    return plays;
}

std::string transcript_of(const Script &script, const std::vector<Played> &plays) {
    std::string text;
    for (const Played &play : plays) {
        if (script.interleaves()) text += "# order " + play.order + "\n";
        for (const Play::Done &one : play.done)
            text += with_outcome(script.lines[static_cast<std::size_t>(one.step->line) - 1], one.outcome) + "\n";
    }
    return text;
}

namespace {

// Plays it and compares. What came of it goes into the report.
void check(FileReport &report, const Script &script, const RunOptions &options) {
    // Nobody needs a transcript of a scenario that passes, unless it is asked for.
    const bool silent = !options.transcript && options.format != Format::json;
    if (options.world == WorldKind::model && silent) {
        const Explored explored = explore(script, options_for(script), {});
        if (explored.failures == 0) {
            report.steps = explored.steps;
            report.orders = explored.orders;
            return;
        }
    }
    std::string why;
    std::optional<std::vector<Played>> model, real;
    if (options.world != WorldKind::real) model = play_all(script, WorldKind::model, why);
    if (options.world != WorldKind::model) real = play_all(script, WorldKind::real, why);
    if (options.world == WorldKind::real && !real) {
        report.state = FileReport::State::skipped;
        report.why = why;
        return;
    }
    if (model) judge(report, script, *model);
    if (real) {
        FileReport of_real;
        judge(of_real, script, *real);
        if (of_real.state == FileReport::State::failed) fail(report, (model ? "real: " : "") + of_real.why);
        report.places.insert(report.places.end(), of_real.places.begin(), of_real.places.end());
        if (model && of_real.transcript != report.transcript)
            fail(report, script.file + ": " + difference(report.transcript, of_real.transcript));
        if (!model) report.transcript = of_real.transcript;
        if (report.shown.empty()) report.shown = of_real.shown;
        if (!model) report.steps = of_real.steps, report.orders = of_real.orders;
    } else if (options.world == WorldKind::both) {
        report.world = name_of(WorldKind::model);
        report.why = "real world skipped: " + why;
    }
}

// Writes the outcomes into the file, if it passes with them.
void update(FileReport &report, const Script &script, const RunOptions &options) {
    std::string why;
    const auto plays = play_all(script, options.world == WorldKind::real ? WorldKind::real : WorldKind::model, why);
    if (!plays) {
        report.state = FileReport::State::skipped;
        report.why = why;
        return;
    }
    const auto refuse = [&](const std::vector<Mistake> &places, const std::string &what) {
        for (const Mistake &one : places)
            fail(report, script.file + ":" + std::to_string(one.line) + ": not updated: " + what + one.what);
    };
    refuse(impossible_outcomes(*plays), "this step has no outcome that can pass: ");
    if (report.state == FileReport::State::failed) return;  // what follows is not reached
    refuse(unreached(script, *plays), "no order comes to this step");
    const std::vector<Mistake> returning = unblocked(script, *plays);
    if (!options.replace_blocked) refuse(returning, "with --replace-blocked, 'blocked' becomes ");
    if (report.state == FileReport::State::failed) return;
    const Update update = updated(script, *plays);
    FileReport again = report;
    try {
        Script with_outcomes = parse(script.file, update.text);
        with_outcomes.spawn_limit = script.spawn_limit;
        check(again, with_outcomes, options);
    } catch (const ScriptErrors &errors) {
        fail(again, errors.what());
    }
    if (again.state == FileReport::State::failed) {
        fail(report, script.file + ": not updated: it does not pass with its own outcomes\n" + again.why);
        return;
    }
    report = again;
    report.shown = update.diff;
    if (update.diff.empty()) return;
    write_file(script.file, update.text);
    for (const Mistake &one : returning)
        report.why += (report.why.empty() ? "" : "\n") + script.file + ":" + std::to_string(one.line) +
                      ": warning: 'blocked' has become " + one.what;
}

}  // namespace

FileReport run_file(const std::string &file, const RunOptions &options) {
    FileReport report{.file = file, .world = name_of(options.world)};
    const auto begin = std::chrono::steady_clock::now();
    try {
        Script script = read_script(file, options.update ? Outcomes::optional : Outcomes::required);
        script.spawn_limit = options.spawn_limit;
        options.update ? update(report, script, options) : check(report, script, options);
    } catch (const ScriptErrors &errors) {
        fail(report, errors.what());
        report.places = errors.mistakes;
    } catch (const std::exception &error) {
        fail(report, error.what());
    }
    report.seconds = seconds_since(begin);
    return report;
}

int run_files(const std::vector<std::string> &named, const RunOptions &options) {
    const std::vector<std::string> files = scenarios_in(named);
    std::vector<std::string> all;
    for (unsigned i = 0; i < (options.update ? 1 : options.times); ++i)
        all.insert(all.end(), files.begin(), files.end());
    std::vector<FileReport> reports(all.size());
    std::atomic<std::size_t> next = 0;
    std::mutex printing;
    std::size_t printed = 0;
    print_begin(options, all.size());
    const auto work = [&] {
        for (std::size_t i; (i = next++) < all.size();) {
            reports[i] = run_file(all[i], options);
            const std::lock_guard lock(printing);
            print_report(reports[i], options, ++printed);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned i = 1; i < options.jobs; ++i)
        workers.emplace_back(work);
    work();
    for (std::thread &worker : workers)
        worker.join();
    print_end(options, reports);
    return judge(reports);
}

}  // namespace chorus::sim
