// The children of this process that are actors, and how they ended.
#pragma once

#include <am/await.h>

#include <map>
#include <mutex>
#include <optional>

#include "client/spawn.hpp"

namespace chorus::client {

class Children {
  public:
    static Children &of_process();

    // Notes a new child, and takes the status of those that have ended meanwhile, so that they do not stay as zombies.
    void add(const Spawned &spawned);
    // Waits for the end of a child and stores how. Returns 0 or an errno.
    int await(int actor, int &status);
    // The child with this unique id; 0 where there is none.
    int find(const KnUniqueId &unique_id, KnKey &key);
    // Around fork: before, in the parent after, in the child, whose children those are not. Before the session's lock,
    // as everywhere.
    void prepare_fork() { mutex_.lock(); }
    void after_fork() { mutex_.unlock(); }
    void become_child() {
        children_.clear();
        mutex_.unlock();
    }

  private:
    struct Child {
        KnCap capability;
        pid_t pid;
        std::optional<int> ended;  // an await status
    };

    std::optional<int> take_ended(int actor);

    std::mutex mutex_;
    std::map<int, Child> children_;  // by aid
};

}  // namespace chorus::client
