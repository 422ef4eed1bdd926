// What an actor makes of every message that may come on its two connections, in each of their states: docs/restart.md
// has them. The test is the kernel: one that follows a dead one, and says again what that one may have said before.
#include <exec/chTypes.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "client/kernel_token.hpp"
#include "support/site.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::test {
namespace {

using wire::CallCode;
using wire::FollowBy;

constexpr std::uint64_t range_bytes = 4096;
constexpr std::uint64_t first_range = wire::user_start + 0x100'0000, second_range = first_range + 0x10'0000;

// Memory of one page, filled with a byte.
wire::Descriptor memory_of(unsigned char byte) {
    wire::Descriptor file(memfd_create("chorus-played", MFD_CLOEXEC));
    const std::string text(range_bytes, static_cast<char>(byte));
    EXPECT_EQ(write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return file;
}

class TakeOver : public testing::Test {
  protected:
    ~TakeOver() override {
        if (actor_) end_actor();
    }
    void end_actor() {
        actor_->close_input();
        EXPECT_EQ(actor_->wait(), 0) << said();
        std::filesystem::remove(said_);
        actor_.reset();
        listener_.reset();
    }
    // An actor makes its first call.
    void start(const std::string &site, const std::string &variable, const std::string &value) {
        listener_ = wire::listen_at(geteuid(), site);
        ASSERT_TRUE(listener_);
        actor_ = std::make_unique<Process>(
            Process::Options{.arguments = {"/bin/sh", "-c", "exec \"$0\" 2> '" + said_ + "'", program("puppet")},
                             .set = {{variable, value}}});
        actor_->write_line("name self null null");
        // Others come to every site, to list them all.
        for (wire::Peer peer; peer.pid != static_cast<std::uint32_t>(actor_->pid());) {
            ASSERT_NO_FATAL_FAILURE(await(listener_));
            calls_ = wire::Descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            ASSERT_TRUE(wire::peer_of(calls_.get(), peer));
        }
    }
    // It has joined, its call is answered, and its service thread waits for orders.
    void let_join() {
        wire::Received join = hear(calls_, CallCode::join);
        service_ = std::move(join.descriptor);
        ASSERT_TRUE(service_);
        send(calls_, reply());
        finish_call();
    }
    void joined() {
        start(name_, "CHORUS_SITE", name_);
        let_join();
    }
    // Answers the call that the actor makes; what its library excludes before that, too.
    void finish_call() {
        for (hear(calls_); wire::code_of(request_) == CallCode::exclude; hear(calls_))
            send(calls_, reply());
        EXPECT_EQ(wire::code_of(request_), CallCode::actor_name);
        send(calls_, reply());
        EXPECT_EQ(actor_->read_line(), "0 -");
    }
    void expect_calls_work() {
        actor_->write_line("name self null null");
        finish_call();
    }

    // ---- The kernel's ends.

    static void await(const wire::Descriptor &socket) {
        pollfd readable{.fd = socket.get(), .events = POLLIN, .revents = 0};
        ASSERT_EQ(poll(&readable, 1, 20'000), 1) << "nothing comes";
    }
    // The next message of the actor.
    wire::Received hear(const wire::Descriptor &socket) {
        await(socket);
        request_ = {};
        wire::Received got = wire::receive(socket.get(), &request_, sizeof request_, wire::Blocking::no);
        EXPECT_EQ(got.size_bytes, sizeof request_);
        return got;
    }
    wire::Received hear(const wire::Descriptor &socket, CallCode code) {
        wire::Received got = hear(socket);
        EXPECT_EQ(wire::code_of(request_), code);
        return got;
    }
    void expect_closed(const wire::Descriptor &socket) {
        await(socket);
        char byte;
        EXPECT_EQ(wire::receive(socket.get(), &byte, 1, wire::Blocking::no).what, wire::Received::What::closed);
    }
    // To the message that was heard last.
    wire::Reply reply(int status = K_OK) const {
        wire::Reply made{};
        made.prefix = {wire::magic, wire::version, request_.prefix.call};
        made.number = request_.number;
        made.status = status;
        made.actor = 7;
        return made;
    }
    wire::Reply reply_with(std::uint64_t start) const {
        wire::Reply made = reply();
        made.mapping.start = start;
        made.mapping.size_bytes = range_bytes;
        made.mapping.options = K_WRITABLE;
        return made;
    }
    template <class Message>
    void send(const wire::Descriptor &socket, const Message &message, int descriptor = -1) {
        EXPECT_TRUE(wire::send_now(socket.get(), &message, sizeof message, descriptor)) << std::strerror(errno);
    }
    static wire::Order order(std::uint64_t turn, FollowBy follow, std::uint64_t start, std::uint64_t change = 0) {
        wire::Order made{};
        made.prefix = {wire::magic, wire::version, wire::order_code};
        made.turn = turn;
        made.change = change;
        made.follow = static_cast<std::uint32_t>(follow);
        made.start = start;
        made.size_bytes = range_bytes;
        return made;
    }
    void expect_followed(std::uint64_t turn) {
        hear(service_, CallCode::acknowledge);
        EXPECT_EQ(request_.source_size_bytes, turn);
        EXPECT_EQ(request_.flags & wire::flag::failed, 0u);
    }
    // The first order: the actor asks what to map, and is told. Leaves the reply in `last_reply_`.
    void follow_first_order(unsigned char byte) {
        send(service_, order(1, FollowBy::map, first_range));
        hear(service_, CallCode::find_mapping);
        last_reply_ = reply_with(first_range);
        send(service_, last_reply_, memory_of(byte).get());
        expect_followed(1);
        expect_byte(first_range, byte);
    }
    void expect_byte(std::uint64_t address, unsigned char byte) {
        actor_->write_line("read " + std::to_string(address));
        EXPECT_EQ(actor_->read_line(), std::to_string(byte));
    }
    void expect_follows(std::uint64_t turn) {
        const wire::Order map = order(turn, FollowBy::map, second_range);
        send(service_, map);
        hear(service_, CallCode::find_mapping);
        send(service_, reply_with(second_range), memory_of(99).get());
        expect_followed(turn);
        expect_byte(second_range, 99);
    }
    std::size_t open_descriptors() const {
        const std::filesystem::directory_iterator all("/proc/" + std::to_string(actor_->pid()) + "/fd");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }
    std::string said() const {
        std::ifstream file(said_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    const std::string name_ = "played-" + std::to_string(getpid());
    const std::string said_ = scratch(name_ + ".said");
    wire::Descriptor listener_, calls_, service_;
    std::unique_ptr<Process> actor_;
    wire::Request request_{};
    wire::Reply last_reply_{};
};

// ---- The service connection, idle.

TEST_F(TakeOver, IdleAReplyThatWasRead) {
    joined();
    follow_first_order(3);
    const std::size_t descriptors = open_descriptors();
    send(service_, last_reply_, memory_of(4).get());
    expect_follows(2);
    expect_byte(first_range, 3);
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_EQ(said(), "");
}

TEST_F(TakeOver, IdleAnOrderThatWasFollowed) {
    joined();
    follow_first_order(3);
    send(service_, order(1, FollowBy::unmap, first_range));
    expect_follows(2);
    expect_byte(first_range, 3);
}

TEST_F(TakeOver, IdleAVerdictThatWasRead) {
    joined();
    follow_first_order(3);
    send(service_, order(2, FollowBy::unmap, first_range, 5));
    hear(service_, CallCode::claim);
    const wire::Reply verdict = reply();
    send(service_, verdict);
    expect_followed(2);
    send(service_, verdict);
    expect_follows(3);
}

TEST_F(TakeOver, IdleClosed) {
    joined();
    follow_first_order(3);
    service_.reset();
    expect_calls_work();
    expect_byte(first_range, 3);
    EXPECT_EQ(said(), "");
}

// What no kernel sends: the actor says so and leaves, which the kernel sees.
TEST_F(TakeOver, IdleBytesThatAreNoMessage) {
    for (const std::size_t size_bytes : {1, 96, 136, 500}) {
        joined();
        follow_first_order(3);
        const std::string bytes(size_bytes, 'x');
        EXPECT_TRUE(wire::send_now(service_.get(), bytes.data(), bytes.size()));
        expect_closed(service_);
        EXPECT_NE(said().find("invalid message"), std::string::npos) << said();
        calls_.reset();
        actor_->write_line("name self null null");
        EXPECT_EQ(actor_->read_line(), status(K_EFAIL) + " -");
        expect_byte(first_range, 3);
        end_actor();
    }
}

// ---- The service connection, with a question about a mapping.

TEST_F(TakeOver, AskedAndBeforeTheReplyAllElse) {
    joined();
    follow_first_order(3);
    const wire::Order second = order(2, FollowBy::map, second_range), third = order(3, FollowBy::unmap, first_range);
    send(service_, second);
    hear(service_, CallCode::find_mapping);
    send(service_, last_reply_, memory_of(4).get());
    send(service_, order(1, FollowBy::map, first_range));
    send(service_, second);
    send(service_, third);
    send(service_, third);
    send(service_, reply_with(second_range), memory_of(5).get());
    expect_followed(2);
    expect_followed(3);
    expect_byte(second_range, 5);
    send(service_, order(4, FollowBy::map, first_range));
    hear(service_, CallCode::find_mapping);
    send(service_, reply_with(first_range), memory_of(6).get());
    expect_followed(4);
    expect_byte(first_range, 6);
}

TEST_F(TakeOver, AskedAndClosed) {
    for (const FollowBy follow : {FollowBy::map, FollowBy::renew}) {
        joined();
        follow_first_order(3);
        send(service_, order(2, follow, follow == FollowBy::map ? second_range : first_range));
        hear(service_, CallCode::find_mapping);
        service_.reset();
        expect_calls_work();
        expect_byte(first_range, 3);
        EXPECT_EQ(said(), "");
        end_actor();
    }
}

TEST_F(TakeOver, AskedAndBytesThatAreNoMessage) {
    joined();
    follow_first_order(3);
    send(service_, order(2, FollowBy::renew, first_range));
    hear(service_, CallCode::find_mapping);
    EXPECT_TRUE(wire::send_now(service_.get(), "x", 1));
    hear(service_, CallCode::acknowledge);
    EXPECT_EQ(request_.flags & wire::flag::failed, wire::flag::failed);
    expect_closed(service_);
    EXPECT_NE(said().find("invalid message"), std::string::npos) << said();
    expect_byte(first_range, 3);
}

// ---- The service connection, with a claim.

TEST_F(TakeOver, ClaimedAndBeforeTheVerdictAllElse) {
    joined();
    follow_first_order(3);
    const wire::Order second = order(2, FollowBy::unmap, first_range, 5);
    send(service_, second);
    hear(service_, CallCode::claim);
    EXPECT_EQ(request_.source_start, 5u);
    send(service_, last_reply_, memory_of(4).get());
    send(service_, second);
    send(service_, order(3, FollowBy::map, first_range));
    send(service_, reply());
    expect_followed(2);
    hear(service_, CallCode::find_mapping);
    send(service_, reply_with(first_range), memory_of(6).get());
    expect_followed(3);
    expect_byte(first_range, 6);
}

TEST_F(TakeOver, ClaimedAndRefused) {
    joined();
    follow_first_order(3);
    send(service_, order(2, FollowBy::unmap, first_range, 5));
    hear(service_, CallCode::claim);
    send(service_, reply(K_EABORT));
    expect_followed(2);
    expect_byte(first_range, 3);
    expect_follows(3);
}

TEST_F(TakeOver, ClaimedAndClosed) {
    joined();
    follow_first_order(3);
    send(service_, order(2, FollowBy::unmap, first_range, 5));
    hear(service_, CallCode::claim);
    service_.reset();
    expect_calls_work();
    expect_byte(first_range, 3);
}

// ---- The connection of its calls.

TEST_F(TakeOver, AReplyToTheLastCallAgain) {
    joined();
    const std::size_t descriptors = open_descriptors();
    send(calls_, reply(K_EFAULT), memory_of(1).get());
    expect_calls_work();
    actor_->write_line("name self null null");
    hear(calls_, CallCode::actor_name);
    wire::Reply earlier = reply(K_EFAULT);
    --earlier.number;
    send(calls_, earlier, memory_of(1).get());
    send(calls_, reply());
    EXPECT_EQ(actor_->read_line(), "0 -");
    EXPECT_EQ(open_descriptors(), descriptors);
}

TEST_F(TakeOver, ARefusalToSpawnAfterAnEarlierReply) {
    joined();
    send(calls_, reply());
    actor_->write_line("spawn 0 /bin/true");
    hear(calls_, CallCode::spawn);
    send(calls_, reply(K_ENOMEM));
    EXPECT_EQ(word(actor_->read_line(), 0), "-1");
    expect_calls_work();
}

// A turn that an earlier reply speaks of is not waited for again.
TEST_F(TakeOver, AnEarlierReplyAndThenTheEnd) {
    joined();
    actor_->write_line("allocate self 0,4096," + anywhere);
    hear(calls_, CallCode::allocate_region);
    wire::Reply placed = reply_with(first_range);
    placed.turn = 1;
    send(calls_, placed, memory_of(3).get());
    EXPECT_EQ(word(actor_->read_line(), 0), "0");
    send(calls_, placed, memory_of(3).get());
    actor_->write_line("allocate self 0,4096," + anywhere);
    hear(calls_, CallCode::allocate_region);
    calls_.reset();
    EXPECT_EQ(word(actor_->read_line(), 0), status(K_EFAIL));
}

// The secret of a private kernel is presented before the first call.
TEST_F(TakeOver, TheAnswerToASecretAgain) {
    const auto token = client::draw_token();
    ASSERT_TRUE(token);
    start(client::site_of(*token), client::token_variable, client::text_of(*token));
    hear(calls_, CallCode::present_token);
    const wire::Reply known = reply();
    send(calls_, known);
    wire::Received join = hear(calls_, CallCode::join);
    service_ = std::move(join.descriptor);
    const wire::Reply joined = reply();
    wire::Reply again = known;
    again.actor = 8;
    send(calls_, again);
    send(calls_, joined);
    finish_call();
    actor_->write_line("id");
    EXPECT_EQ(actor_->read_line(), "7");
}

}  // namespace
}  // namespace chorus::test
