// The model world: the kernel's own code, with memory, processes and threads that are values. Deterministic.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "kernel/apply.hpp"
#include "kernel/call.hpp"
#include "kernel/decide.hpp"
#include "worlds/model_memory.hpp"
#include "worlds/model_semaphore.hpp"
#include "worlds/world.hpp"

namespace chorus::sim {

class Model : public World {
  public:
    explicit Model(const Script &script);

    Result perform(const Operation &operation) override;
    std::uint64_t aid_of(int actor) const override;
    bool stands(int actor) const override { return person(actor).waits != Waits::no || person(actor).stopped; }

    // For the explorer: what a step would touch, as far as that can be said before it is made.
    struct Touched {
        bool kernel = false;  // the state of the kernel, so everything
        bool writes = false;
        Place place{};
        std::uint64_t size_bytes = 0;
    };
    Touched touched_by(const Operation &operation) const;

    // Every invariant of the kernel after every call, and that processes have mapped what the kernel says.
    bool check_always = true;

  private:
    enum class Waits { no, semaphore, postponed, change, child, itself_stopped };

    // The process of an actor.
    struct Person {
        std::string name;
        std::optional<kernel::ActorId> id;  // none: not made yet
        kernel::Capability capability;
        std::uint32_t uid = 0;
        bool alive = false;
        bool process = false;
        bool stopped = false;
        int parent = -1;                   // that may await it,
        std::optional<std::string> end{};  // how it ended, till then
        Maps maps{};
        // Its call that has not come back:
        Waits waits = Waits::no;
        Operation pending{};
        kernel::Call call{};
        std::uint64_t change = 0;
        SleepingP sleeping{};
        std::optional<Result> ready{};  // comes back when the process goes on
        // Orders that it has not followed.
        std::deque<kernel::effect::Order> orders{};
        bool claimed = false;
        std::optional<bool> verdict{};
    };

    Person &person(int actor) { return people_[static_cast<std::size_t>(actor)]; }
    const Person &person(int actor) const { return people_[static_cast<std::size_t>(actor)]; }
    // Another user's processes have the group of the same number.
    static std::uint32_t group_of(std::uint32_t uid);
    kernel::Caller caller_of(const Person &who) const { return {who.id, who.uid, group_of(who.uid)}; }
    int actor_with(kernel::ActorId id) const;
    kernel::ActorId space_of(const Person &who) const;
    bool supervisor(const Person &who) const;

    // ---- What actors do: model_calls.cpp.
    Result act(const Operation &operation);
    std::optional<Result> bad_pointers(const Operation &operation) const;
    std::optional<kernel::Call> kernel_call(const Operation &operation) const;
    kernel::ActorRef reference(const Who &who) const;
    kernel::RegionRequest region_of(const Operation &operation) const;
    Result finish(Person &who, const Operation &operation, const kernel::Outcome &outcome);
    Result list(const Operation &operation, const kernel::Outcome &outcome) const;
    Result pages_of_supervisor(Person &who, const Operation &operation);
    Result copy_of_supervisor(Person &who, const Operation &operation);
    Result touch(Person &who, const Operation &operation);
    Result make_actor(const Operation &operation);
    Result made_actor(Person &who, const Operation &operation, const kernel::Outcome &outcome);
    Result await(Person &who, const Operation &operation);

    // ---- What happens to the world.
    Result happen(const Operation &operation);
    void end(int actor, const std::string &how);
    void die(int actor, const std::string &how);
    void stop(int actor);
    void go_on(int actor);
    void pass(std::uint64_t ns);
    Result regions_of(const Who &who) const;
    Result maps_of(const Person &who) const;
    Result waits() const;
    // Who took the last token of the semaphore that it sleeps on.
    std::optional<int> taker_of(const Person &who) const;
    kernel::ActorId space_waited_for(const Person &who) const;
    Result actors() const;

    // ---- The path of a call.
    struct Served {
        std::optional<kernel::Outcome> outcome{};
        std::uint64_t change = 0;
    };
    Served serve(const kernel::Caller &caller, const kernel::Call &call);
    Result call(Person &who, const Operation &operation, kernel::Call call);
    void prepare(const kernel::Action &action);
    void fill(const std::vector<kernel::NewSegment> &segments);
    void perform(const kernel::Effect &effect);
    void come_back(Person &who, Result result);
    bool follow_one(int actor);
    void settle();
    bool serve_again();
    void bring_in_line(Person &who, const kernel::Range &range);
    void check_everything() const;

    // ---- Semaphores.
    Result take(Person &who, const Operation &operation);
    Result give(Person &who, const Operation &operation);
    // How its sleep has ended at once; none where it sleeps now.
    std::optional<sync::Slept> fall_asleep(int actor, SleepingP &p);
    void continue_take(int actor, sync::Slept slept);
    Result taken(const Person &who, std::uint64_t address, sync::Result result);
    std::optional<int> look_at(const Person &who, std::uint64_t address) const;
    friend class ModelPlatform;

    const Script &script_;
    kernel::State state_;
    std::vector<Person> people_;
    std::vector<int> by_id_;  // actors, by number
    Segments segments_;
    std::deque<Sleeper> queue_;  // of all futexes, in the order in which threads went to sleep
    std::vector<int> postponed_;
    std::uint64_t now_ns_ = 0;
    std::uint64_t next_key_ = 0x1234'5678'9abc;
    bool kernel_alive_ = true;
    bool lagged_ = false;    // a process was behind the kernel's table, and may touch what is given back
    int acting_ = -1;        // who makes the step
    std::vector<int> back_;  // whose calls have come back
};

}  // namespace chorus::sim
