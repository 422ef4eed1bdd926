// The contestant of Boost.Interprocess: a named segment with an interprocess_mutex and interprocess_semaphores in it.
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/interprocess_semaphore.hpp>
#include <memory>
#include <string>

#include "dialogue.h"

namespace {

namespace ipc = boost::interprocess;

struct Shared {
    ipc::interprocess_mutex lock;
    ipc::interprocess_semaphore said[2] = {ipc::interprocess_semaphore(0), ipc::interprocess_semaphore(0)};
    std::uint32_t word[2] = {0, 0};  // by the one that made it, by the one that opened it
    std::uint32_t content[CONTENT_WORDS] = {};
};

std::unique_ptr<ipc::managed_shared_memory> segment;
Shared *shared;
int side;               // 0 for the one that made it, 1 for the one that opened it
std::string made_name;  // removed at an end in order
std::string shared_name;

constexpr std::size_t book_keeping_bytes = 65536;

void make_segment(const char *name, std::size_t size_bytes) {
    segment = std::make_unique<ipc::managed_shared_memory>(ipc::create_only, name, size_bytes + book_keeping_bytes);
    made_name = name;
}

void create(char **words) {
    make_segment(words[1], sizeof(Shared));
    shared = segment->construct<Shared>("shared")();
    say_line("ok %s", words[1]);
}

void open_shared(char **words) {
    side = 1;
    shared_name = words[1];
    segment = std::make_unique<ipc::managed_shared_memory>(ipc::open_only, words[1]);
    shared = segment->find<Shared>("shared").first;
    say_line(shared ? "ok" : "error nothing is in it");
}

void share(char **) {
    say_line("ok %s", shared_name.c_str());
}

void write_content(char **words) {
    fill_content(shared->content, static_cast<std::uint32_t>(std::atol(words[1])));
    say_line("ok");
}

void read_content(char **) {
    answer_content(shared->content);
}

boost::posix_time::ptime after_ms(const char *limit_ms) {
    return boost::posix_time::microsec_clock::universal_time() + boost::posix_time::milliseconds(std::atol(limit_ms));
}

void say(char **words) {
    shared->word[side] = static_cast<std::uint32_t>(std::atol(words[1]));
    shared->said[side].post();
    say_line("ok");
}

void hear(char **words) {
    if (shared->said[1 - side].timed_wait(after_ms(words[1])))
        say_line("ok %u", shared->word[1 - side]);
    else
        say_line("timeout");
}

void hold(char **) {
    shared->lock.lock();
    say_line("ok");
}

void lock(char **words) {
    const bool taken = shared->lock.timed_lock(after_ms(words[1]));
    if (taken) shared->lock.unlock();
    say_line(taken ? "ok" : "timeout");
}

// Nobody tells of an end: what is left is to wait for the next word.
void watch(char **words) {
    if (shared->said[1 - side].timed_wait(after_ms(words[1])))
        say_line("ok %lld a word came", static_cast<long long>(monotonic_ns()));
    else
        say_line("timeout");
}

void fill(char **words) {
    const std::size_t size_bytes = std::strtoul(words[2], nullptr, 10);
    make_segment(words[1], size_bytes);
    std::memset(segment->allocate(size_bytes), 1, size_bytes);
    say_line("ok");
}

// A refusal of the library is an answer.
template <Answer *answer>
void guarded(char **words) {
    try {
        answer(words);
    } catch (const std::exception &refusal) {
        say_line("error %s", refusal.what());
    }
}

}  // namespace

int main() {
    const Command commands[] = {
        {"create", guarded<create>},       {"open", guarded<open_shared>},  {"share", guarded<share>},
        {"write", guarded<write_content>}, {"read", guarded<read_content>}, {"say", guarded<say>},
        {"hear", guarded<hear>},           {"hold", guarded<hold>},         {"lock", guarded<lock>},
        {"watch", guarded<watch>},         {"fill", guarded<fill>},         {nullptr, nullptr},
    };
    converse(commands);
    if (!made_name.empty()) ipc::shared_memory_object::remove(made_name.c_str());
    return 0;
}
