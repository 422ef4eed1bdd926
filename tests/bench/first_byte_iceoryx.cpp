// chorus-bench-first-byte-iceoryx publish|subscribe: a publisher that keeps its last sample for who comes later, as
// iceoryx's own examples do, and a subscriber that asks for it.
#include <sched.h>
#include <iceoryx_hoofs/log/logmanager.hpp>
#include <iceoryx_hoofs/posix_wrapper/signal_watcher.hpp>
#include <iceoryx_posh/popo/publisher.hpp>
#include <iceoryx_posh/popo/subscriber.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>

#include <string>

#include "first_byte.h"

namespace {

struct Byte {
    unsigned char value;
};

const iox::capro::ServiceDescription service{"chorus", "bench", "first byte"};

int publish() {
    iox::runtime::PoshRuntime::initRuntime("chorus-bench-publisher");
    iox::popo::PublisherOptions options;
    options.historyCapacity = 1;
    iox::popo::Publisher<Byte> publisher(service, options);
    if (publisher.publishCopyOf(Byte{first_byte}).has_error()) return 1;
    // Until the standard input is closed: the sample goes with its publisher.
    char byte;
    return static_cast<int>(read(STDIN_FILENO, &byte, 1));
}

int subscribe() {
    iox::runtime::PoshRuntime::initRuntime("chorus-bench-subscriber");
    iox::popo::SubscriberOptions options;
    options.queueCapacity = 1;
    options.historyRequest = 1;
    iox::popo::Subscriber<Byte> subscriber(service, options);
    while (!iox::posix::hasTerminationRequested()) {
        const auto sample = subscriber.take();
        if (!sample.has_error()) return report(sample.value()->value);
        sched_yield();  // the publisher may be waiting for this processor
    }
    return 1;
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    // It writes of all that it does, else.
    iox::log::LogManager::GetLogManager().SetDefaultLogLevel(iox::log::LogLevel::kOff,
                                                             iox::log::LogLevelOutput::kHideLogLevel);
    return std::string(argv[1]) == "publish" ? publish() : subscribe();
}
