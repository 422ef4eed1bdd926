// Encodes, sends, receives and decodes a call and its reply as the client and the kernel do. This process has both ends
// of the connection. A reply is always there before it is received, so the counts do not depend on time.
#include <exec/chTypes.h>
#include <mem/chMem.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "client/channel.hpp"
#include "client/encode.hpp"
#include "client/wide.hpp"
#include "daemon/codec.hpp"
#include "instructions/counted.hpp"
#include "kernel/ensure.hpp"
#include "wire/socket.hpp"

namespace chorus::test {

namespace counted {

[[gnu::noinline]] int encode_map(const KnCap *target, const KnRgnDesc *desc, const KnCap *source,
                                 const KnRgnDesc *source_desc, wire::Request &request) {
    return client::encode_between(target, desc, source, source_desc, request);
}
[[gnu::noinline]] void encode_name(const char *path, wire::Request &request) {
    client::encode_name(path, request.name);
}
[[gnu::noinline]] int call(client::Channel &channel, wire::CallCode code, wire::Request &request, wire::Reply &reply) {
    return channel.call(code, request, reply);
}
[[gnu::noinline]] std::optional<kernel::Call> decode(const wire::Request &request) {
    return daemon::decode(request);
}
[[gnu::noinline]] wire::Reply encode_reply(const wire::Request &request, const kernel::Outcome &outcome) {
    return daemon::encode(request, outcome);
}
[[gnu::noinline]] wire::Received receive(int socket, wire::Inbox &inbox, wire::Request &request) {
    return wire::unpack(inbox, wire::receive_into(inbox, socket, &request, sizeof request, wire::Blocking::no));
}

}  // namespace counted

namespace {

using kernel::ensure;

// The library asks the system whether it may use memory, once for each page. The number of pages must be the same in
// every run, so the arguments are not on the stack, whose address depends on the environment.
struct alignas(4096) Arguments {
    KnCap other{{1, 2}, {3, 4}};
    KnRgnDesc desc{0, 8192, K_ANYWHERE | K_WRITABLE, 0, nullptr, 0};
    KnRgnDesc source_desc{CHORUS_USER_START, 8192, 0, 0, nullptr, 0};
} arguments;

class Connection {
  public:
    Connection() {
        auto [client, kernel] = wire::socket_pair();
        ensure(client && kernel, "there is a pair of sockets");
        channel_ = client::Channel(std::move(client));
        kernel_ = std::move(kernel);
        map_.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::map_from_actor)};
        client::encode_between(K_MYACTOR, &arguments.desc, &arguments.other, &arguments.source_desc, map_);
        join_.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::join)};
        client::encode_name(path, join_.name);
    }

    void encode_map() {
        const int status =
            counted::encode_map(K_MYACTOR, &arguments.desc, &arguments.other, &arguments.source_desc, map_);
        ensure(status == K_OK, "the arguments can be used");
    }
    void encode_name() { counted::encode_name(path, join_); }
    void decode_map() {
        const auto call = counted::decode(map_);
        ensure(call && std::holds_alternative<kernel::call::MapFromActor>(*call), "the kernel understands the message");
    }
    void decode_join() {
        const auto call = counted::decode(join_);
        ensure(call && std::holds_alternative<kernel::call::Join>(*call), "the kernel understands the message");
    }
    void encode_reply() {
        const kernel::Outcome outcome{.mapping = kernel::Region{.range = {CHORUS_USER_START, 8192}}, .turn = 1};
        ensure(counted::encode_reply(map_, outcome).turn == 1, "the reply says what the kernel said");
    }
    // The client sends and receives.
    void call() {
        wire::Reply reply{};
        reply.prefix = map_.prefix;
        reply.number = ++number_;
        ensure(wire::send(kernel_.get(), &reply, sizeof reply), "there is room for a reply");
        ensure(counted::call(channel_, wire::CallCode::map_from_actor, map_, reply) == K_OK, "the reply arrives");
        wire::Request request;
        wire::receive(kernel_.get(), &request, sizeof request, wire::Blocking::no);
    }
    // The kernel receives.
    void receive() {
        ++number_;
        ensure(channel_.send(wire::CallCode::map_from_actor, map_) == K_OK, "there is room for a request");
        wire::Inbox inbox;
        wire::Request request;
        ensure(counted::receive(kernel_.get(), inbox, request).size_bytes == sizeof request, "the request arrives");
    }

  private:
    static constexpr const char *path = "/usr/local/bin/program";

    client::Channel channel_;
    wire::Descriptor kernel_;
    std::uint64_t number_ = 0;  // of the last request
    wire::Request map_{}, join_{};
};

std::vector<CountedCall> calls() {
    const auto connection = std::make_shared<Connection>();
    const auto part = [&](void (Connection::*make)()) { return [=] { (*connection.*make)(); }; };
    return {
        {"encode_map", part(&Connection::encode_map)},     {"encode_name", part(&Connection::encode_name)},
        {"send_and_receive", part(&Connection::call)},     {"receive_in_kernel", part(&Connection::receive)},
        {"decode_map", part(&Connection::decode_map)},     {"decode_join", part(&Connection::decode_join)},
        {"encode_reply", part(&Connection::encode_reply)},
    };
}

constexpr CountedGroup groups[] = {{"messages", calls}};

}  // namespace

std::span<const CountedGroup> counted_groups() {
    return groups;
}

}  // namespace chorus::test
