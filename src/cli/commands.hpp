// The subcommands of `chorus`, one file each. They throw client::Problem (console.hpp) if something fails, and
// WrongUsage (table.hpp) if the options make no sense.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/screen.hpp"
#include "cli/table.hpp"

namespace chorus::cli {

struct Options {
    std::string site;                 // empty: CHORUS_SITE, or the default site
    std::vector<std::string> actors;  // the words that name them; empty: all
    ViewOptions view;
    bool json = false;
    Colour colour = Colour::automatic;
    bool watch = false;
    double interval_s = 1;  // between two pages of --watch

    std::optional<std::string> named_site() const { return site.empty() ? std::nullopt : std::optional(site); }
};

struct RunOptions {
    std::string site;  // as in Options, or a private kernel
    bool supervisor = false;
    bool trusted = false;
    std::vector<std::string> words;  // the program and its arguments
};

// Limits that are not given stay as they are.
struct QuotaOptions {
    bool of_users = false;  // or of actors
    std::optional<std::uint64_t> regions, bytes, actors, calls;
};

// Returns the exit status of the program, or 128 + its signal. Blocks until it ends.
int run(const RunOptions &options);
void show_actors(const Options &options, bool tree);
// Of these segments only, if any are given.
void show_regions(const Options &options, const std::vector<std::uint64_t> &segments);
void show_waits(const Options &options);
// Sets the limits that are given, then shows all.
void show_quotas(const Options &options, const QuotaOptions &quota);
void show_sites(const Options &options);
// Returns the exit status: 1 if an actor could not be ended. Then the error output says why, and the others are ended.
int kill_actors(const Options &options);

}  // namespace chorus::cli
