// The real world: a kernel of its own and a process for each actor. An actor is blocked when the kernel knows of its
// call, or of its sleep on a semaphore, and the system shows its thread asleep there; never because time has passed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/console.hpp"
#include "worlds/program.hpp"
#include "worlds/protocol.hpp"
#include "worlds/world.hpp"

namespace chorus::sim {

class Real : public World {
  public:
    // Throws std::runtime_error where the world does not begin.
    explicit Real(const Script &script);
    ~Real() override;

    Result perform(const Operation &operation) override;
    std::uint64_t aid_of(int actor) const override;
    bool stands(int actor) const override { return person(actor).busy || person(actor).stopped; }

  private:
    struct Person {
        Program program{};  // that the world started; others are started by actors
        Hello hello{};
        wire::Descriptor socket{};
        bool alive = false;
        bool stopped = false;
        bool stopped_by_kernel = false;  // as it knows; the process may have been continued since
        bool busy = false;               // in a call that has not come back
        Operation pending{};
        std::uint64_t asked = 0;  // its number, of all that were asked
        std::optional<std::uint64_t> deadline_ns{};
        std::optional<Result> ready{};
    };

    Person &person(int actor) { return people_[static_cast<std::size_t>(actor)]; }
    const Person &person(int actor) const { return people_[static_cast<std::size_t>(actor)]; }

    void begin(int actor);
    Result perform_now(const Operation &operation);
    Result happen(const Operation &operation);
    void ask(int actor, const Operation &operation);
    KnCap capability_of(const Who &who) const;

    // Waits until every actor has come back or is blocked.
    void settle();
    enum class Standing { idle, came_back, blocked, on_its_way };
    Standing look_at(int actor);
    bool take_answer(int actor);
    bool blocked(int actor);
    bool waits_in_kernel(int actor);
    bool somebody_follows();
    void wait_until_in_line();
    bool all_in_line();
    void wait_for_answers(const std::vector<int> &actors) const;
    void note_ends();
    bool listed(std::uint32_t aid);
    std::uint64_t awaited_aid(const Operation &operation) const;
    void note_stop(const Operation &operation);
    void wait_until_stopped(int actor);
    void end(int actor);
    void wait_until_gone(int actor);
    // Gives the world up where the condition does not come true.
    template <class Condition>
    void wait_until(Condition condition, const std::string &what) const;

    void pass(std::uint64_t ns);
    Result regions_of(const Who &who);
    Result waits();
    Result actors();
    int actor_with(std::uint64_t aid) const;
    int actor_with_thread(std::uint64_t thread) const;

    const Script &script_;
    std::unique_ptr<KernelProcess> kernel_;
    std::unique_ptr<client::Console> console_;
    std::vector<Person> people_;
    std::uint64_t now_ns_ = 0;
    std::uint64_t asked_ = 0;
};

}  // namespace chorus::sim
