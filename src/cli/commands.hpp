// The subcommands of `chorus`, one file each. They throw client::Problem (console.hpp) where something is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chorus::cli {

struct Options {
    std::string site;  // empty: CHORUS_SITE, else the default site
    bool json = false;

    std::optional<std::string> named_site() const { return site.empty() ? std::nullopt : std::optional(site); }
};

struct RunOptions {
    std::string site;  // as in Options; else a private kernel
    bool supervisor = false;
    bool trusted = false;
    std::vector<std::string> words;  // the program and its arguments
};

// Returns the exit status of the program, or 128 + its signal. Blocks until it ends.
int run(const RunOptions &options);
void print_actors(const Options &options);
// Of one actor, or of all where `actor` is 0.
void print_regions(const Options &options, std::uint32_t actor);
// Limits that are not given stay as they are.
struct QuotaOptions {
    bool of_users = false;  // or of actors
    std::optional<std::uint64_t> regions, bytes, actors, calls;
};
// Sets what is given, then prints all.
void quotas(const Options &options, const QuotaOptions &quota);
void print_waits(const Options &options);
void kill_actor(const Options &options, std::uint32_t actor);

}  // namespace chorus::cli
