// Options that several subcommands share.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

namespace chorus::cli {

struct Options {
    std::string site;  // empty: CHORUS_SITE, else the default site
    bool json = false;

    std::optional<std::string> named_site() const { return site.empty() ? std::nullopt : std::optional(site); }
};

inline std::shared_ptr<Options> add_options(CLI::App &command) {
    auto options = std::make_shared<Options>();
    command.add_option("--site", options->site, "the site to talk to (else CHORUS_SITE, else 'default')");
    command.add_flag("--json", options->json, "print JSON");
    return options;
}

}  // namespace chorus::cli
