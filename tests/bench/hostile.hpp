// Bad neighbours: what a process does to the kernel of a site, over and over. They speak the wire themselves.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace chorus::bench {

class Hostile {
  public:
    virtual ~Hostile() = default;
    // Until what follows is the same for ever.
    virtual void prepare() {}
    virtual void step() = 0;
    // Leaves nothing to the kernel that it would still have to do.
    virtual void rest() {}
};

struct Neighbour {
    const char *what;
    // How much of their throughput others are to keep at least. 0: none is asked for, since the kernel serves it as it
    // serves them.
    double goal;
    bool quota;  // of 64 regions for each actor
    std::unique_ptr<Hostile> (*make)(const std::string &site);
};

std::vector<Neighbour> neighbours();

}  // namespace chorus::bench
