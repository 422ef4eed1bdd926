// The contestant of iceoryx: publishers and subscribers, which need a RouDi. The one that makes a topic publishes the
// content and its words, the one that opens it publishes its words.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cinttypes>
#include <fstream>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>
#include <iceoryx_posh/runtime/service_discovery.hpp>
#include <optional>
#include <string>

#include "dialogue.h"

namespace {

using iox::popo::UntypedPublisher;
using iox::popo::UntypedSubscriber;

thread_local bool stays_in_the_lock = false;

std::optional<UntypedPublisher> content_out, words_out, more_out;
std::optional<UntypedSubscriber> content_in, words_in;
std::optional<iox::popo::WaitSet<>> waits;
std::optional<iox::runtime::ServiceDiscovery> discovery;
const void *content = nullptr;  // the last that came, held
std::string opened_name;

// Each process has a name of its own, so that none is taken for one that was killed.
void join() {
    static bool joined = false;
    if (joined) return;
    const std::string name = "rival-" + std::to_string(getpid());
    iox::runtime::PoshRuntime::initRuntime(iox::RuntimeName_t(iox::cxx::TruncateToCapacity, name));
    joined = true;
}

iox::capro::ServiceDescription topic(const char *name, const char *what) {
    using iox::capro::IdString_t;
    return {IdString_t("rival"), IdString_t(iox::cxx::TruncateToCapacity, std::string(name)),
            IdString_t(iox::cxx::TruncateToCapacity, std::string(what))};
}

// Both keep the last sample for whoever comes later.
void publish_on(std::optional<UntypedPublisher> &publisher, const char *name, const char *what) {
    iox::popo::PublisherOptions options;
    options.historyCapacity = 1;
    publisher.emplace(topic(name, what), options);
}

void subscribe_to(std::optional<UntypedSubscriber> &subscriber, const char *name, const char *what) {
    iox::popo::SubscriberOptions options;
    options.historyRequest = 1;
    options.queueCapacity = 16;
    subscriber.emplace(topic(name, what), options);
}

void wait_for_words() {
    waits.emplace();
    waits->attachState(*words_in, iox::popo::SubscriberState::HAS_DATA).or_else([](auto) { std::abort(); });
}

// Whether somebody offers the content of that name, as RouDi tells it.
bool offered(const char *name) {
    bool found = false;
    const auto wanted = topic(name, "content");
    discovery->findService(
        wanted.getServiceIDString(), wanted.getInstanceIDString(), wanted.getEventIDString(),
        [&](const auto &) { found = true; }, iox::popo::MessagingPattern::PUB_SUB);
    return found;
}

std::int64_t end_after(const char *limit_ms) {
    return monotonic_ns() + std::atol(limit_ms) * INT64_C(1000000);
}

// Looks until it is so, or until the time is up.
template <class Condition>
bool becomes(Condition condition, std::int64_t end_ns) {
    while (!condition()) {
        if (monotonic_ns() >= end_ns) return false;
        pause_between_looks();
    }
    return true;
}

void create(char **words) {
    join();
    publish_on(content_out, words[1], "content");
    publish_on(words_out, words[1], "made");
    subscribe_to(words_in, words[1], "opened");
    wait_for_words();
    say_line("ok %s", words[1]);
}

void open_shared(char **words) {
    join();
    subscribe_to(content_in, words[1], "content");
    subscribe_to(words_in, words[1], "made");
    publish_on(words_out, words[1], "opened");
    wait_for_words();
    discovery.emplace();
    opened_name = words[1];
    say_line(becomes([] { return offered(opened_name.c_str()); }, end_after("2000")) ? "ok" : "error nobody offers it");
}

template <class Write>
void publish(UntypedPublisher &publisher, std::uint32_t size_bytes, Write write) {
    publisher.loan(size_bytes)
        .and_then([&](void *payload) {
            write(payload);
            publisher.publish(payload);
            say_line("ok");
        })
        .or_else([](iox::popo::AllocationError error) { say_line("error %s", iox::popo::asStringLiteral(error)); });
}

void write_content(char **words) {
    publish(*content_out, CONTENT_WORDS * sizeof(std::uint32_t), [&](void *payload) {
        fill_content(static_cast<std::uint32_t *>(payload), static_cast<std::uint32_t>(std::atol(words[1])));
    });
}

// Keeps the sample that came last, if one came.
bool take_content() {
    content_in->take().and_then([](const void *payload) {
        if (content) content_in->release(content);
        content = payload;
    });
    return content != nullptr;
}

void read_content(char **) {
    if (becomes(take_content, end_after("2000")))
        answer_content(static_cast<const std::uint32_t *>(content));
    else
        say_line("error nothing came");
}

void say(char **words) {
    publish(*words_out, sizeof(std::uint32_t), [&](void *payload) {
        *static_cast<std::uint32_t *>(payload) = static_cast<std::uint32_t>(std::atol(words[1]));
    });
}

void take_word() {
    words_in->take()
        .and_then([](const void *payload) {
            say_line("ok %u", *static_cast<const std::uint32_t *>(payload));
            words_in->release(payload);
        })
        .or_else([](auto) { say_line("error the word is gone"); });
}

void hear(char **words) {
    const auto limit = iox::units::Duration::fromMilliseconds(std::atol(words[1]));
    if (words_in->hasData() || !waits->timedWait(limit).empty())
        take_word();
    else
        say_line("timeout");
}

// As /proc tells it.
bool lies_in_shared_memory(const void *object) {
    std::ifstream maps("/proc/self/maps");
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0, end = 0;
        std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end);
        if (begin <= address && address < end) return line.find("/dev/shm/") != std::string::npos;
    }
    return false;
}

// Publishing takes locks that lie in shared memory. The process stays where it has just taken the first of them.
void hold(char **words) {
    stays_in_the_lock = true;
    say(words);
    stays_in_the_lock = false;
}

void call(char **words) {
    publish_on(more_out, words[1], "more");
    say_line("ok");
}

// RouDi, which hears a sign of life of every process, tells no more of what a dead one offered.
void watch(char **words) {
    if (becomes([] { return !offered(opened_name.c_str()); }, end_after(words[1])))
        say_line("ok %lld findService does not find its service any more", static_cast<long long>(monotonic_ns()));
    else
        say_line("timeout");
}

void fill(char **words) {
    join();
    publish_on(content_out, words[1], "content");
    const std::size_t size_bytes = std::strtoul(words[2], nullptr, 10);
    publish(*content_out, static_cast<std::uint32_t>(size_bytes),
            [&](void *payload) { std::memset(payload, 1, size_bytes); });
}

}  // namespace

// Stands before the C library's for the libraries of iceoryx.
extern "C" int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static const auto real = reinterpret_cast<int (*)(pthread_mutex_t *)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    const int result = real(mutex);
    if (stays_in_the_lock && lies_in_shared_memory(mutex)) {
        say_line("ok");
        for (;;)
            pause();
    }
    return result;
}

int main() {
    const Command commands[] = {
        {"create", create}, {"open", open_shared}, {"write", write_content}, {"read", read_content},
        {"say", say},       {"hear", hear},        {"hold", hold},           {"call", call},
        {"watch", watch},   {"fill", fill},        {nullptr, nullptr},
    };
    converse(commands);
    return 0;
}
