#include "worlds/real.hpp"

#include <mem/chMem.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "wire/socket.hpp"
#include "worlds/process_state.hpp"

namespace chorus::sim {

namespace {

// The kernel and its actors have minutes for what takes microseconds: a machine may be busy.
constexpr const char *patience_ms = "120000";

// How long a step may take before the world is given up.
std::chrono::seconds patience() {
    const char *set = std::getenv("CHORUS_SIM_PATIENCE_S");
    return std::chrono::seconds(set == nullptr ? 60 : std::atoi(set));
}

}  // namespace

Real::Real(const Script &script)
    : script_(script), kernel_(std::make_unique<KernelProcess>()), people_(script.actors.size()) {
    console_ = std::make_unique<client::Console>(kernel_->site(), client::Missing::report);
    for (std::size_t i = 0; i < script.actors.size(); ++i)
        if (script.actors[i].declared) begin(static_cast<int>(i));
}

Real::~Real() {
    for (Person &who : people_)
        if (who.alive && who.hello.pid > 0) ::kill(who.hello.pid, SIGKILL);
}

// Starts the process of a declared actor.
void Real::begin(int actor) {
    const ActorName &declared = script_.actors[static_cast<std::size_t>(actor)];
    Person &who = person(actor);
    auto [ours, actors] = wire::socket_pair();
    std::vector<std::string> arguments;
    if (declared.rights != Rights::user || declared.uid)
        arguments = {beside("chorus"), "run", "--site", kernel_->site()};
    if (declared.rights == Rights::supervisor) arguments.emplace_back("--supervisor");
    if (declared.rights == Rights::system) arguments.emplace_back("--trusted");
    // The actor is started by this user's kernel and becomes another user's before it speaks.
    if (declared.uid)
        for (const std::string &word : {std::string("setpriv"), "--reuid=" + std::to_string(*declared.uid),
                                        "--regid=" + std::to_string(*declared.uid), std::string("--clear-groups")})
            arguments.push_back(word);
    for (const std::string &word :
         {actor_program(), std::to_string(actors.get()), declared.name, std::string("with-parent")})
        arguments.push_back(word);
    who.program = Program({.arguments = arguments,
                           .set = {{"CHORUS_SITE", kernel_->site()},
                                   {"CHORUS_TIMEOUT_MS", patience_ms},
                                   {"ASAN_OPTIONS", "handle_segv=0:handle_sigbus=0"}},
                           .keep = actors.get()});
    actors.reset();
    for (;;) {
        const wire::Received got = wire::receive(ours.get(), &who.hello, sizeof who.hello, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed && errno == EINTR) continue;
        if (got.size_bytes != sizeof who.hello)
            throw std::runtime_error("the process of " + declared.name +
                                     " does not start; CHORUS_SIM_DEBUG=1 shows what it says");
        break;
    }
    if (who.hello.aid <= 0) throw std::runtime_error(declared.name + " is not let in by the kernel");
    who.socket = std::move(ours);
    who.alive = true;
}

std::uint64_t Real::aid_of(int actor) const {
    return static_cast<std::uint64_t>(person(actor).hello.aid);
}

// The one with a process, where several names are of one actor.
int Real::actor_with(std::uint64_t aid) const {
    int found = -1;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        if (aid == 0 || aid_of(static_cast<int>(i)) != aid || !people_[i].alive) continue;
        found = static_cast<int>(i);
        if (people_[i].socket) break;
    }
    return found;
}

std::uint64_t Real::awaited_aid(const Operation &operation) const {
    if (operation.verb == Verb::await) return operation.values[0];
    return operation.target.actor < 0 ? 0 : aid_of(operation.target.actor);
}

int Real::actor_with_thread(std::uint64_t thread) const {
    for (std::size_t i = 0; i < people_.size(); ++i)
        if (thread != 0 && static_cast<std::uint64_t>(people_[i].hello.pid) == thread) return static_cast<int>(i);
    return -1;
}

template <class Condition>
void Real::wait_until(Condition condition, const std::string &what) const {
    const auto begin = std::chrono::steady_clock::now();
    while (!condition()) {
        if (std::chrono::steady_clock::now() - begin > patience()) throw std::runtime_error(what);
        poll(nullptr, 0, 1);
    }
}

Result Real::perform(const Operation &operation) {
    Result broken = Result::of(Result::Kind::broken);
    try {
        return perform_now(operation);
    } catch (const std::runtime_error &error) {
        broken.text = error.what();
    } catch (const client::Problem &problem) {
        broken.text = problem.text;
    }
    return broken;
}

Result Real::perform_now(const Operation &operation) {
    const bool of_world = operation.verb >= Verb::kill;
    const int actor = of_world ? -1 : operation.actor;
    Result result;
    if (of_world) {
        result = happen(operation);
    } else {
        Person &who = person(actor);
        if (!who.alive) return Result::of(Result::Kind::ended);
        if (operation.verb == Verb::fork && !kernel_->alive())
            return Result::cannot("no kernel makes an actor of the child");
        if (operation.made >= 0 && person(operation.made).alive && person(operation.made).socket)
            return Result::cannot(script_.name_of(operation.made) + " is still there");
        if (who.busy || who.stopped || !who.socket) {
            return Result::cannot(script_.name_of(actor) + (who.busy      ? " has not come back from its last call"
                                                            : who.stopped ? " is stopped"
                                                                          : " has no process"));
        }
        ask(actor, operation);
        settle();
        // It may have ended actors, itself too, or stopped them: the kernel knows.
        if (operation.verb == Verb::akill || operation.verb == Verb::actorDelete || operation.verb == Verb::exit)
            note_ends();
        if (operation.verb == Verb::actorStop || operation.verb == Verb::actorStart) note_stop(operation);
    }
    settle();
    const bool ends_actors = operation.verb == Verb::kill || operation.verb == Verb::exit ||
                             operation.verb == Verb::akill || operation.verb == Verb::actorDelete ||
                             operation.verb == Verb::go_on || operation.verb == Verb::actorStart;
    if (ends_actors) wait_until_in_line();
    const auto back = [](const Person &who) { return who.ready && !who.stopped; };
    if (actor >= 0) {
        const Person &who = person(actor);
        result = !who.alive  ? Result::of(Result::Kind::ended)
                 : back(who) ? *who.ready
                             : Result::of(Result::Kind::blocked);
    }
    for (std::size_t i = 0; i < people_.size(); ++i) {
        Person &who = people_[i];
        if (!back(who)) continue;
        if (static_cast<int>(i) != actor) result.woken.push_back({static_cast<std::int16_t>(i), *who.ready});
        who.ready.reset();
        who.busy = false;
        who.deadline_ns.reset();
    }
    return result;
}

KnCap Real::capability_of(const Who &who) const {
    switch (who.kind) {
        case Who::Kind::actor:
        case Who::Kind::forged:
            return person(who.actor).hello.capability;
        case Who::Kind::nobody:
            // Of this site, so that it is only the actor that is unknown.
            for (const Person &one : people_)
                if (one.hello.aid > 0) return one.hello.capability;
            [[fallthrough]];
        default:
            return {};
    }
}

void Real::ask(int actor, const Operation &operation) {
    Person &who = person(actor);
    const Question question{operation, capability_of(operation.target), capability_of(operation.source)};
    const bool made = operation.verb == Verb::fork || operation.verb == Verb::afexec;
    const std::string message = packed(question, made ? script_.name_of(operation.made) : operation.text);
    who.busy = true;
    who.pending = operation;
    who.asked = ++asked_;
    if (operation.verb == Verb::semP && ends(operation))
        who.deadline_ns = now_ns_ + static_cast<std::uint64_t>(operation.limit_s * 1'000'000'000 + operation.limit_ns);
    // Where it cannot be sent, the process is gone, which is about to be noticed.
    wire::send(who.socket.get(), message.data(), message.size());
}

// ---- Who has come back, and who is blocked.

void Real::settle() {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        std::vector<int> on_their_way;
        bool came_back = false;
        for (std::size_t i = 0; i < people_.size(); ++i) {
            const Standing standing = look_at(static_cast<int>(i));
            if (standing == Standing::on_its_way) on_their_way.push_back(static_cast<int>(i));
            came_back = came_back || standing == Standing::came_back;
        }
        // Who has come back may have let others go on that were looked at before.
        if (came_back) continue;
        if (on_their_way.empty() && !somebody_follows()) return;
        // Something is wrong with the library or with this world; which, a person has to find out.
        if (std::chrono::steady_clock::now() - begin > patience())
            throw std::runtime_error((on_their_way.empty() ? "somebody" : script_.name_of(on_their_way.front())) +
                                     " neither comes back from its call nor is it blocked");
        wait_for_answers(on_their_way);
    }
}

// A call waits for an actor that runs and is about to do its part; only where the caller is stopped does nothing else
// tell of it.
bool Real::somebody_follows() {
    const bool any =
        std::any_of(people_.begin(), people_.end(), [](const Person &who) { return who.stopped && who.busy; });
    if (!any || !kernel_->alive()) return false;
    for (const wire::CallRow &row : console_->calls()) {
        const int awaited = actor_with(row.awaited);
        const bool member = row.why == static_cast<std::uint32_t>(wire::CallWaits::for_member);
        if (member && awaited >= 0 && !person(awaited).stopped) return true;
    }
    return false;
}

// Processes follow what nobody waits for, after a death say, in their own time: until they have mapped what the
// kernel's table says. Where a call waits, the table is ahead of them.
void Real::wait_until_in_line() {
    if (!kernel_->alive() || !console_->calls().empty()) return;
    wait_until([this] { return all_in_line(); }, "a process has mapped something else than the kernel's table says");
}

bool Real::all_in_line() {
    const auto rows = console_->regions(0);
    const auto actors = console_->actors();
    for (const wire::ActorRow &actor : actors) {
        const int name = actor_with(actor.actor);
        if (name < 0 || person(name).stopped || !person(name).socket) continue;
        const bool supervisor = actor.privilege == 2;
        std::vector<Row> wanted;
        for (const wire::RegionRow &row : rows) {
            const wire::Region &region = row.region;
            const bool of_space = region.start >= wire::user_end && region.start < wire::supervisor_end;
            if (row.segment == 0 || of_space != supervisor || (!of_space && row.actor != actor.actor)) continue;
            wanted.push_back({region.start, region.size_bytes, region.options & (K_WRITABLE | K_EXECUTABLE)});
        }
        if (joined(std::move(wanted)) != joined(mapped_by(person(name).hello.pid))) return false;
    }
    return true;
}

Real::Standing Real::look_at(int actor) {
    const Person &who = person(actor);
    if (!who.alive || !who.busy || who.ready) return Standing::idle;
    if (take_answer(actor)) return Standing::came_back;
    return blocked(actor) ? Standing::blocked : Standing::on_its_way;
}

// For a moment, or until one of them answers. How long decides nothing: what is looked at then does.
void Real::wait_for_answers(const std::vector<int> &actors) const {
    std::vector<pollfd> sockets;
    for (const int actor : actors)
        sockets.push_back({.fd = person(actor).socket.get(), .events = POLLIN, .revents = 0});
    const timespec moment{.tv_sec = 0, .tv_nsec = 300'000};
    ppoll(sockets.data(), sockets.size(), &moment, nullptr);
}

bool Real::take_answer(int actor) {
    Person &who = person(actor);
    static thread_local char buffer[message_max];
    wire::Received got = wire::receive(who.socket.get(), buffer, sizeof buffer, wire::Blocking::no);
    if (got.what == wire::Received::What::failed) return false;
    if (got.what != wire::Received::What::message || got.size_bytes < sizeof(Answer)) {
        wait_until_gone(actor);
        end(actor);
        return true;
    }
    Answer head;
    std::memcpy(&head, buffer, sizeof head);
    Result result = Result::of(head.kind, head.number, head.value);
    result.rows.resize(head.rows);
    if (head.rows > 0) std::memcpy(result.rows.data(), buffer + sizeof head, head.rows * sizeof(Row));
    const std::size_t done = sizeof head + head.rows * sizeof(Row);
    result.text.assign(buffer + done, got.size_bytes - done);
    if (head.made.aid > 0 && who.pending.made >= 0) {
        Person &made = person(who.pending.made);
        made = {};
        made.hello = head.made;
        made.socket = std::move(got.descriptor);
        made.alive = true;
    }
    who.ready = std::move(result);
    return true;
}

// For good, until somebody else does something.
bool Real::blocked(int actor) {
    Person &who = person(actor);
    const pid_t pid = who.hello.pid;
    who.stopped = who.stopped || all_stopped(pid);  // by itself, or by another one's call
    if (who.stopped) return true;
    switch (who.pending.verb) {
        case Verb::semP: {
            if (!asleep_in_futex(pid, who.pending.address)) return false;
            if (!kernel_->alive()) return true;
            for (const wire::WaitRow &row : console_->waits())
                if (row.thread == static_cast<std::uint32_t>(pid) && row.address == who.pending.address)
                    return asleep_in_futex(pid, who.pending.address);
            return false;
        }
        case Verb::await:
        case Verb::awaits: {
            const int child = actor_with(awaited_aid(who.pending));
            return child >= 0 && person(child).alive && asleep_in_wait(pid);
        }
        default:
            return kernel_->alive() && waits_in_kernel(actor);
    }
}

// The kernel has its call, and nobody whom it waits for is about to do its part.
bool Real::waits_in_kernel(int actor) {
    const auto aid = static_cast<std::uint32_t>(aid_of(actor));
    for (const wire::CallRow &row : console_->calls()) {
        if (row.actor != aid) continue;
        if (row.why == static_cast<std::uint32_t>(wire::CallWaits::for_lock)) return true;
        const int awaited = actor_with(row.awaited);
        return awaited >= 0 && person(awaited).stopped;
    }
    return false;
}

// ---- What happens to the world.

Result Real::happen(const Operation &operation) {
    const bool to_process =
        operation.verb == Verb::kill || operation.verb == Verb::stop || operation.verb == Verb::go_on;
    if (to_process && person(operation.actor).alive && person(operation.actor).hello.pid <= 0)
        return Result::cannot(script_.name_of(operation.actor) + " has no process");
    switch (operation.verb) {
        case Verb::kill:
            if (!person(operation.actor).alive) break;
            ::kill(person(operation.actor).hello.pid, SIGKILL);
            wait_until_gone(operation.actor);
            end(operation.actor);
            break;
        case Verb::kill_kernel:
            kernel_->kill_kernel();
            break;
        case Verb::kill_keeper:
            kernel_->kill_keeper();
            break;
        case Verb::kill_site:
            kernel_->kill();
            break;
        case Verb::stop:
            if (!person(operation.actor).alive || person(operation.actor).stopped) break;
            ::kill(person(operation.actor).hello.pid, SIGSTOP);
            wait_until_stopped(operation.actor);
            break;
        case Verb::go_on:
            if (!person(operation.actor).alive) break;
            person(operation.actor).stopped = false;
            ::kill(person(operation.actor).hello.pid, SIGCONT);
            break;
        case Verb::pass:
            pass(static_cast<std::uint64_t>(operation.limit_s * 1'000'000'000 + operation.limit_ns));
            break;
        case Verb::spawn:
            return run_to_end(kernel_->site(), operation, script_.spawn_limit);
        case Verb::regions:
        case Verb::actors:
        case Verb::waits:
            if (!kernel_->alive()) return Result::cannot("no kernel answers");
            return operation.verb == Verb::regions  ? regions_of(operation.target)
                   : operation.verb == Verb::actors ? actors()
                                                    : waits();
        case Verb::maps: {
            Result result = Result::of(Result::Kind::rows);
            if (person(operation.actor).alive) result.rows = mapped_by(person(operation.actor).hello.pid);
            return result;
        }
        default:
            break;
    }
    return {};
}

void Real::end(int actor) {
    Person &who = person(actor);
    who.alive = who.stopped = who.busy = false;
    who.ready.reset();
    who.deadline_ns.reset();
    who.socket.reset();
}

// The kernel has noticed, too.
void Real::wait_until_gone(int actor) {
    const auto aid = static_cast<std::uint32_t>(aid_of(actor));
    wait_until([&] { return has_ended(person(actor).hello.pid); }, "a process does not end");
    wait_until([&] { return !kernel_->alive() || !listed(aid); }, "the kernel keeps an actor without a process");
}

bool Real::listed(std::uint32_t aid) {
    const auto rows = console_->actors();
    return std::any_of(rows.begin(), rows.end(), [aid](const wire::ActorRow &row) { return row.actor == aid; });
}

// Those that a call has ended: the kernel has no record of them any more, and their processes go.
void Real::note_ends() {
    if (!kernel_->alive()) return;
    for (std::size_t i = 0; i < people_.size(); ++i) {
        Person &who = people_[i];
        if (!who.alive || who.hello.aid == 0 || listed(static_cast<std::uint32_t>(who.hello.aid))) continue;
        wait_until([&] { return !who.socket || has_ended(who.hello.pid); }, "a process does not end");
        end(static_cast<int>(i));
    }
}

// actorStop and actorStart of another one have done their work when the system shows it.
void Real::note_stop(const Operation &operation) {
    const Person &caller = person(operation.actor);
    const bool itself = operation.target.kind == Who::Kind::me;
    if (!itself && operation.target.kind != Who::Kind::actor) return;
    const int named = itself ? operation.actor : actor_with(aid_of(operation.target.actor));
    const bool well = caller.ready && caller.ready->kind == Result::Kind::status && caller.ready->number == 0;
    if (named < 0 || (!well && !(named == operation.actor && caller.stopped))) return;
    Person &target = person(named);
    if (!target.socket) return;
    // The kernel sends a signal only where this changes what it knows.
    const bool stops = operation.verb == Verb::actorStop;
    if (target.stopped_by_kernel == stops) return;
    target.stopped_by_kernel = stops;
    if (stops)
        wait_until_stopped(named);
    else
        target.stopped = false;
}

void Real::wait_until_stopped(int actor) {
    Person &who = person(actor);
    wait_until([&] { return all_stopped(who.hello.pid) || has_ended(who.hello.pid); }, "a process does not stop");
    who.stopped = true;
}

// Whose time is up first; of several, who was asked first. Each comes back before the next.
void Real::pass(std::uint64_t ns) {
    now_ns_ += ns;
    for (;;) {
        Person *next = nullptr;
        for (Person &who : people_) {
            if (!who.alive || !who.deadline_ns || *who.deadline_ns > now_ns_ || who.ready) continue;
            if (next == nullptr || *who.deadline_ns < *next->deadline_ns ||
                (*who.deadline_ns == *next->deadline_ns && who.asked < next->asked))
                next = &who;
        }
        if (next == nullptr) return;
        next->deadline_ns.reset();
        sigval stopped{};
        stopped.sival_int = next->stopped ? 1 : 0;
        sigqueue(next->hello.pid, time_signal(), stopped);
        if (next->stopped) continue;  // it is told when it goes on
        const int actor = static_cast<int>(next - people_.data());
        wait_until([&] { return look_at(actor) == Standing::came_back; }, "its time is up, and P does not come back");
    }
}

Result Real::regions_of(const Who &who) {
    Result result = Result::of(Result::Kind::rows);
    const bool of_space = who.kind == Who::Kind::supervisor_space;
    const auto aid = of_space ? 0 : static_cast<std::uint32_t>(aid_of(who.actor));
    if (!of_space && !listed(aid)) return result;
    for (const wire::RegionRow &row : console_->regions(aid)) {
        const wire::Region &region = row.region;
        if (of_space && (region.start < wire::user_end || region.start >= wire::supervisor_end)) continue;
        result.rows.push_back(
            {region.start, region.size_bytes, region.options, of_space ? row.actor : 0, row.segment, row.offset});
    }
    std::sort(result.rows.begin(), result.rows.end(), [](const Row &a, const Row &b) { return a.start < b.start; });
    return result;
}

Result Real::waits() {
    std::vector<Waiting> waiting;
    const auto sleeps = console_->waits();
    const auto calls = console_->calls();
    const auto somebody = [](int actor) { return actor < 0 ? std::nullopt : std::optional(actor); };
    for (std::size_t i = 0; i < people_.size(); ++i) {
        const Person &who = people_[i];
        if (!who.alive || !who.busy || who.ready) continue;
        Waiting one{.actor = static_cast<int>(i), .what = {}, .for_whom = {}};
        for (const wire::WaitRow &row : sleeps) {
            if (row.thread != static_cast<std::uint32_t>(who.hello.pid)) continue;
            one.what = semaphore_name(row.segment, row.offset);
            one.for_whom = somebody(actor_with_thread(row.taker));
            if (one.for_whom == one.actor) one.for_whom.reset();
        }
        for (const wire::CallRow &row : calls) {
            if (row.actor != aid_of(one.actor)) continue;
            one.what = "its call";
            one.for_whom = somebody(actor_with(row.awaited));
        }
        if (who.pending.verb == Verb::await || who.pending.verb == Verb::awaits) {
            one.what = "the end of its child";
            one.for_whom = somebody(actor_with(awaited_aid(who.pending)));
        }
        if (one.what.empty()) one.what = "somebody to start it";
        waiting.push_back(std::move(one));
    }
    return Result::of_text(waits_text(script_, waiting));
}

Result Real::actors() {
    std::string text;
    for (const wire::ActorRow &row : console_->actors())
        text += (text.empty() ? "" : ", ") + std::string(row.name) + (row.stopped != 0 ? " stopped" : "");
    return Result::of_text(text.empty() ? "nobody" : text);
}

std::unique_ptr<World> make_real(const Script &script, std::string &why) {
    if (script.other_user() && geteuid() != 0) {
        why = "only root can play several users";
        return nullptr;
    }
    if (script.other_user() && !reachable_by(*script.other_user())) {
        why = "user " + std::to_string(*script.other_user()) + " may not run the programs where they lie";
        return nullptr;
    }
    try {
        return std::make_unique<Real>(script);
    } catch (const client::Problem &problem) {
        throw std::runtime_error(problem.text);
    }
}

}  // namespace chorus::sim
