// The command line's connection to a kernel: a console, which is no actor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/channel.hpp"
#include "client/locate.hpp"
#include "wire/message.hpp"

namespace chorus::cli {

// What went wrong, for people; `main` prints it and exits with 1.
struct Problem {
    std::string text;
};

class Console {
  public:
    // Throws Problem where no kernel serves the site.
    Console(const std::optional<std::string> &site, client::Missing missing);

    const std::string &site() const { return site_; }
    client::Channel &channel() { return channel_; }
    std::vector<wire::ActorRow> actors();
    // Of one actor, or of all where `actor` is 0. Throws Problem where there is no such actor.
    std::vector<wire::RegionRow> regions(std::uint32_t actor);
    // In the order in which they went to sleep.
    std::vector<wire::WaitRow> waits();
    void kill(std::uint32_t actor);

  private:
    template <class Row>
    std::vector<Row> list(wire::CallCode code, std::uint32_t actor);

    client::Channel channel_;
    std::string site_;
};

}  // namespace chorus::cli
