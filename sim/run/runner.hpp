// Scenario files, run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/play.hpp"
#include "run/update.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

enum class WorldKind { model, real, both };
const char *name_of(WorldKind world);
enum class Format { text, tap, junit, json, github };

struct RunOptions {
    WorldKind world = WorldKind::model;
    Format format = Format::text;
    unsigned jobs = 1;
    unsigned times = 1;
    bool update = false;
    bool replace_blocked = false;  // an update may
    bool transcript = false;       // printed also where all is well
    std::optional<std::chrono::seconds> spawn_limit{};
};

// What came of one file in one world, or in both.
struct FileReport {
    std::string file{};
    std::string world{};
    enum class State { passed, failed, skipped } state = State::passed;
    std::string why{};              // it failed or was skipped; several lines
    std::vector<Mistake> places{};  // of what is wrong, and for failures that have a place; the column may be 0
    std::string transcript{};       // as the file, with what came of each step
    std::string shown{};            // what of it people see where it failed
    std::uint64_t steps = 0, orders = 0;
    double seconds = 0;
};
const char *name_of(FileReport::State state);

// Runs scenarios, and all those (*.scn) below folders. Returns the exit status: 0 if nothing failed.
int run_files(const std::vector<std::string> &files, const RunOptions &options);

FileReport run_file(const std::string &file, const RunOptions &options);
// Throws ScriptErrors, or std::runtime_error if the file cannot be read.
Script read_script(const std::string &file, Outcomes outcomes = Outcomes::required);

// Plays a scenario in all its orders, those that the model finds. Each of them in a world of its own.
std::optional<std::vector<Played>> play_all(const Script &script, WorldKind world, std::string &why);
// The first line in which the transcripts of the two worlds differ; they do.
std::string difference(const std::string &model, const std::string &real);
std::string transcript_of(const Script &script, const std::vector<Played> &plays);

// Of reports, in one of the formats.
void print_report(const FileReport &report, const RunOptions &options, std::size_t number);
void print_begin(const RunOptions &options, std::size_t files);
void print_end(const RunOptions &options, const std::vector<FileReport> &reports);

}  // namespace chorus::sim
