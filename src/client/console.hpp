// A connection to a kernel that is no actor: what the command line and scripts look through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/channel.hpp"
#include "client/locate.hpp"
#include "wire/message.hpp"

namespace chorus::client {

// What went wrong, for people.
struct Problem {
    std::string text;
};

class Console {
  public:
    // Throws Problem where no kernel serves the site.
    Console(const std::optional<std::string> &site, Missing missing);

    const std::string &site() const { return site_; }
    Channel &channel() { return channel_; }
    std::vector<wire::ActorRow> actors();
    // Of one actor, or of all where `actor` is 0. Throws Problem where there is no such actor.
    std::vector<wire::RegionRow> regions(std::uint32_t actor);
    std::vector<wire::QuotaRow> quotas();
    // What a row of a limit says.
    void set_quotas(const wire::QuotaRow &limit);
    // In the order in which they went to sleep.
    std::vector<wire::WaitRow> waits();
    // Calls that wait for others, in the order in which they came.
    std::vector<wire::CallRow> calls();
    void kill(std::uint32_t actor);

  private:
    template <class Row>
    std::vector<Row> list(wire::CallCode code, std::uint32_t actor);

    Channel channel_;
    std::string site_;
};

}  // namespace chorus::client
