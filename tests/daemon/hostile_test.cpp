// What arrives on the kernel's socket is hostile: bad bytes end that connection with one log line, and nobody else
// notices. The test speaks the wire itself.
#include <exec/chTypes.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/site.hpp"
#include "text/format.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::test {
namespace {

using wire::CallCode;

wire::Request request(CallCode code) {
    wire::Request made{};
    made.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
    made.number = 1;
    return made;
}

class Hostile : public testing::Test {
  protected:
    wire::Descriptor connect() { return wire::connect_to(geteuid(), site.name()); }

    // True where the kernel ends the connection without a word.
    static bool ended(const wire::Descriptor &socket) {
        char byte;
        const wire::Received got = wire::receive(socket.get(), &byte, 1, wire::Blocking::yes);
        return got.what == wire::Received::What::closed ||
               (got.what == wire::Received::What::failed && errno == ECONNRESET);
    }
    static wire::Reply reply(const wire::Descriptor &socket) {
        wire::Reply got{};
        EXPECT_EQ(wire::receive(socket.get(), &got, sizeof got, wire::Blocking::yes).size_bytes, sizeof got);
        return got;
    }
    wire::Descriptor joined() {
        wire::Descriptor socket = connect();
        const wire::Request join = request(CallCode::join);
        EXPECT_TRUE(wire::send(socket.get(), &join, sizeof join));
        EXPECT_EQ(reply(socket).status, 0);
        return socket;
    }
    // The bystander still lives and works, and so many lines were logged about ended connections.
    void expect_unharmed(long ended_connections) {
        EXPECT_EQ(word(bystander("allocate self 0,4096,9"), 0), "0");
        const std::string log = site.log();
        long lines = 0;
        for (std::size_t at = log.find(" ended: "); at != std::string::npos; at = log.find(" ended: ", at + 1))
            ++lines;
        EXPECT_EQ(lines, ended_connections) << log;
    }

    TestSite site;
    Puppet bystander{site};
};

TEST_F(Hostile, TruncatedOversizedAndRandomBytes) {
    std::mt19937 random(7);
    long sent = 0;
    for (const std::size_t size : {1, 7, 8, 16, 100, 167, 169, 4096, 60000}) {
        for (const bool like_a_message : {false, true}) {
            std::vector<unsigned char> bytes(size);
            std::generate(bytes.begin(), bytes.end(), random);
            const wire::Request join = request(CallCode::join);
            if (like_a_message) std::memcpy(bytes.data(), &join, std::min(size, sizeof join));
            const wire::Descriptor socket = connect();
            ASSERT_TRUE(wire::send(socket.get(), bytes.data(), bytes.size()));
            EXPECT_TRUE(ended(socket)) << size << " bytes";
            ++sent;
        }
    }
    expect_unharmed(sent);
}

TEST_F(Hostile, RandomRequestsOfTheRightSize) {
    std::mt19937 random(11);
    for (int i = 0; i < 300; ++i) {
        wire::Request forged = request(static_cast<CallCode>(random() % 32));
        auto *bytes = reinterpret_cast<unsigned char *>(&forged) + sizeof forged.prefix;
        for (std::size_t at = 0; at < sizeof forged - sizeof forged.prefix; ++at)
            if (random() % 3 == 0) bytes[at] = static_cast<unsigned char>(random());
        const wire::Descriptor socket = i % 2 == 0 ? connect() : joined();
        wire::send(socket.get(), &forged, sizeof forged);
    }
    EXPECT_EQ(word(bystander("allocate self 0,4096,9"), 0), "0");
}

TEST_F(Hostile, MalformedFields) {
    long sent = 0;
    const auto refused = [&](const char *what, auto change) {
        const wire::Descriptor socket = joined();
        wire::Request made = request(CallCode::allocate_region);
        made.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
        made.region.size_bytes = 4096;
        made.region.options = 9;
        change(made);
        ASSERT_TRUE(wire::send(socket.get(), &made, sizeof made));
        EXPECT_TRUE(ended(socket)) << what;
        ++sent;
    };
    refused("no target", [](wire::Request &r) { r.target.kind = 0; });
    refused("a kind of target that is none", [](wire::Request &r) { r.target.kind = 9; });
    refused("a reserved field of the target", [](wire::Request &r) { r.target.reserved = 1; });
    refused("a flag that is none", [](wire::Request &r) { r.flags = 0x100; });
    refused("a name without end", [](wire::Request &r) { std::memset(r.name, 'x', sizeof r.name); });
    refused("a call that is none", [](wire::Request &r) { r.prefix.call = 999; });
    refused("a second join", [](wire::Request &r) { r.prefix.call = static_cast<std::uint16_t>(CallCode::join); });
    refused("an actor that becomes a console",
            [](wire::Request &r) { r.prefix.call = static_cast<std::uint16_t>(CallCode::console); });
    expect_unharmed(sent);
}

TEST_F(Hostile, ACallBeforeJoining) {
    const wire::Descriptor socket = connect();
    const wire::Request made = request(CallCode::inspect_actors);
    ASSERT_TRUE(wire::send(socket.get(), &made, sizeof made));
    EXPECT_TRUE(ended(socket));
    expect_unharmed(1);
}

TEST_F(Hostile, ASecretThatNobodyHas) {
    // This site is no private kernel: no secret is right, zeros are none.
    const wire::Descriptor socket = connect();
    wire::Request present = request(CallCode::present_token);
    ASSERT_TRUE(wire::send(socket.get(), &present, sizeof present));
    EXPECT_EQ(reply(socket).status, K_EINVAL);
    present.source_start = present.source_size_bytes = ~std::uint64_t{0};
    ASSERT_TRUE(wire::send(socket.get(), &present, sizeof present));
    EXPECT_EQ(reply(socket).status, K_EINVAL);
    // It may still join, as anybody may, and present nothing any more.
    const wire::Request join = request(CallCode::join);
    ASSERT_TRUE(wire::send(socket.get(), &join, sizeof join));
    EXPECT_EQ(reply(socket).status, K_OK);
    ASSERT_TRUE(wire::send(socket.get(), &present, sizeof present));
    EXPECT_TRUE(ended(socket));
    expect_unharmed(1);
}

TEST_F(Hostile, ADescriptorThatNoCallCarries) {
    const wire::Descriptor socket = joined();
    const wire::Request made = request(CallCode::find_mapping);
    ASSERT_TRUE(wire::send(socket.get(), &made, sizeof made, STDIN_FILENO));
    EXPECT_TRUE(ended(socket));
    expect_unharmed(1);
}

TEST_F(Hostile, AStatusPageThatIsNone) {
    auto [service, kernels] = wire::socket_pair();
    const wire::Descriptor socket = connect();
    const wire::Request join = request(CallCode::join), show = request(CallCode::show_status);
    ASSERT_TRUE(wire::send(socket.get(), &join, sizeof join, kernels.get()));
    ASSERT_EQ(reply(socket).status, 0);
    kernels.reset();
    // Cut off, it is one on which nobody sleeps; so is one of random bytes, whose threads are not there.
    const wire::Descriptor page(memfd_create("page", MFD_CLOEXEC));
    ASSERT_TRUE(wire::send(service.get(), &show, sizeof show, page.get()));
    EXPECT_EQ(site.chorus("waits --json").status, 0);
    std::mt19937 random(1);
    std::vector<std::uint32_t> words(4096);
    for (std::uint32_t &word : words)
        word = random();
    ASSERT_EQ(pwrite(page.get(), words.data(), 16'384, 0), 16'384);
    EXPECT_EQ(site.chorus("waits --json").status, 0);
    // Of what is no memory the kernel might have to wait for somebody else.
    ASSERT_TRUE(wire::send(service.get(), &show, sizeof show, STDIN_FILENO));
    EXPECT_TRUE(ended(service));
    EXPECT_TRUE(ended(socket)) << "its actor goes with it";
    expect_unharmed(1);
}

// What a member may say on its service connection, in turn and out of turn: docs/restart.md has the table.
TEST_F(Hostile, AServiceConnection) {
    auto pair = wire::socket_pair();
    wire::Descriptor &service = pair.first, &kernels = pair.second;
    const wire::Descriptor socket = connect();
    const wire::Request join = request(CallCode::join);
    ASSERT_TRUE(wire::send(socket.get(), &join, sizeof join, kernels.get()));
    const wire::Reply joined = reply(socket);
    ASSERT_EQ(joined.status, 0);
    kernels.reset();
    const auto say = [&](wire::Request made, int descriptor = -1) {
        made.number = 7;
        ASSERT_TRUE(wire::send(service.get(), &made, sizeof made, descriptor));
    };
    const auto expect_reply = [&](int status) {
        const wire::Reply got = reply(service);
        EXPECT_EQ(got.number, 7u);
        EXPECT_EQ(got.status, status);
    };
    // Of an order that it was never sent.
    wire::Request followed = request(CallCode::acknowledge);
    followed.source_size_bytes = 3;
    say(followed);
    wire::Request claim = request(CallCode::claim);
    claim.source_start = 99;
    say(claim);
    expect_reply(K_EABORT);
    const wire::Descriptor page(memfd_create("page", MFD_CLOEXEC));
    say(request(CallCode::show_status), page.get());
    say(request(CallCode::show_status), page.get());
    wire::Request find = request(CallCode::find_mapping);
    find.region.start = wire::user_start;
    find.region.size_bytes = 4096;
    say(find);
    expect_reply(K_EADDR);
    // Another maps into it. The order is acknowledged twice, and the mapping asked for.
    const std::string self =
        text::format("{:x}.{:x}.{:x}.{:x}", static_cast<std::uint32_t>(joined.unique_id >> 32),
                     static_cast<std::uint32_t>(joined.unique_id), static_cast<std::uint32_t>(joined.key >> 32),
                     static_cast<std::uint32_t>(joined.key));
    bystander.start("allocate " + self + " 0,4096," + anywhere);
    wire::Order order{};
    ASSERT_EQ(wire::receive(service.get(), &order, sizeof order, wire::Blocking::yes).size_bytes, sizeof order);
    find.region.start = order.start;
    say(find);
    expect_reply(K_OK);
    followed.source_start = order.change;
    followed.source_size_bytes = order.turn;
    say(followed);
    EXPECT_EQ(word(bystander.finish(), 0), "0");
    say(followed);
    say(find);
    expect_reply(K_OK);
    // A call is none of these: its actor goes.
    say(request(CallCode::list_regions));
    EXPECT_TRUE(ended(service));
    EXPECT_TRUE(ended(socket));
    expect_unharmed(1);
}

TEST_F(Hostile, AServiceConnectionThatEnds) {
    auto [service, kernels] = wire::socket_pair();
    const wire::Descriptor socket = connect();
    const wire::Request join = request(CallCode::join);
    ASSERT_TRUE(wire::send(socket.get(), &join, sizeof join, kernels.get()));
    ASSERT_EQ(reply(socket).status, 0);
    kernels.reset();
    service.reset();
    EXPECT_TRUE(ended(socket)) << "its actor goes with it";
    expect_unharmed(0);
}

TEST_F(Hostile, AnotherVersionIsRefusedWithAMessageThatNamesBoth) {
    const wire::Descriptor socket = connect();
    wire::Request made = request(CallCode::join);
    made.prefix.version = wire::version + 1;
    ASSERT_TRUE(wire::send(socket.get(), &made, sizeof made));
    wire::VersionRefusal refusal{};
    ASSERT_EQ(wire::receive(socket.get(), &refusal, sizeof refusal, wire::Blocking::yes).size_bytes, sizeof refusal);
    ASSERT_EQ(refusal.prefix.call, wire::version_refused);
    const std::string text = refusal.text;
    EXPECT_NE(text.find("version " + std::to_string(made.prefix.version)), std::string::npos) << text;
    EXPECT_NE(text.find("version " + std::to_string(wire::version)), std::string::npos) << text;
    EXPECT_TRUE(ended(socket));
    expect_unharmed(1);
}

// The other way round: a program at a kernel of another version, which the test plays.
TEST(OtherVersion, AProgramSaysWhatTheKernelToldIt) {
    const std::string site = "other-version-" + std::to_string(getpid());
    const wire::Descriptor listener = wire::listen_at(geteuid(), site);
    ASSERT_TRUE(listener);
    const std::string errors = scratch(site + ".errors");
    Process program({.arguments = {"/bin/sh", "-c", "exec '" + test::program("puppet") + "' 2> '" + errors + "'"},
                     .set = {{"CHORUS_SITE", site}}});
    program.write_line("name self null null");
    const wire::Descriptor connection(accept(listener.get(), nullptr, nullptr));
    wire::Request join;
    EXPECT_EQ(wire::receive(connection.get(), &join, sizeof join, wire::Blocking::yes).size_bytes, sizeof join);
    wire::VersionRefusal refusal{};
    refusal.prefix = {wire::magic, wire::version + 1, wire::version_refused};
    std::strcpy(refusal.text, "the program speaks wire version 1, the kernel version 9");
    EXPECT_TRUE(wire::send(connection.get(), &refusal, sizeof refusal));
    EXPECT_EQ(program.read_line(), std::to_string(K_EFAIL) + " -");
    EXPECT_NE(run("cat '" + errors + "'; rm '" + errors + "'").output.find("version 1, the kernel version 9"),
              std::string::npos);
}

// Into the bystander, which is stopped: it waits. The next one, sent with it, waits for its turn.
class CallsAhead : public Hostile {
  protected:
    CallsAhead() : socket(joined()) {
        unsigned long part[4] = {};
        std::sscanf(bystander.capability().c_str(), "%lx.%lx.%lx.%lx", &part[0], &part[1], &part[2], &part[3]);
        bystander.process().stop();
        wire::Request into_another = request(CallCode::allocate_region);
        into_another.target = {static_cast<std::uint32_t>(wire::ActorKind::capability), 0, part[0] << 32 | part[1],
                               part[2] << 32 | part[3]};
        into_another.region.size_bytes = 4096;
        into_another.region.options = 9;
        into_another.patience_ms = 60'000;
        send(into_another);
        wire::Request next = request(CallCode::actor_privilege);
        next.number = 2;
        next.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
        send(next);
        while (site.chorus("waits").output.find("rgnAllocate") == std::string::npos) {
        }
    }
    void send(const wire::Request &made) { EXPECT_TRUE(wire::send(socket.get(), &made, sizeof made)); }

    wire::Descriptor socket;
};

TEST_F(CallsAhead, AreAnsweredInTheirOrder) {
    wire::Reply early;
    EXPECT_EQ(wire::receive(socket.get(), &early, sizeof early, wire::Blocking::no).what, wire::Received::What::failed);
    bystander.process().signal(SIGCONT);
    for (const std::uint64_t number : {1U, 2U}) {
        const wire::Reply got = reply(socket);
        EXPECT_EQ(got.number, number);
        EXPECT_EQ(got.status, K_OK);
    }
    expect_unharmed(0);
}

TEST_F(CallsAhead, AreAnsweredByTheNextKernel) {
    ::kill(site.kernel_pid(), SIGKILL);
    bystander.process().signal(SIGCONT);
    EXPECT_EQ(reply(socket).number, 1U);
    EXPECT_EQ(reply(socket).number, 2U);
    site.look();
    expect_unharmed(0);
}

TEST_F(CallsAhead, OfOneThatLeavesAreForgotten) {
    socket.reset();
    for (std::string table; std::count(table.begin(), table.end(), '\n') != 2;)  // a heading, and the bystander
        table = site.chorus("ps").output;
    bystander.process().signal(SIGCONT);
    expect_unharmed(0);
}

TEST_F(Hostile, AClientThatNeverReads) {
    const wire::Descriptor socket = joined();
    wire::Request made = request(CallCode::find_mapping);
    for (;;) {
        ++made.number;
        if (!wire::send(socket.get(), &made, sizeof made)) break;  // until the kernel has had enough of it
        if (word(bystander("id"), 0).empty()) break;
    }
    expect_unharmed(1);
}

// With a service socket, which the kernel would take on.
TEST_F(Hostile, AClientThatLeavesBeforeItsReply) {
    const wire::Request join = request(CallCode::join);
    for (int round = 0; round < 300; ++round) {
        auto [ours, kernels] = wire::socket_pair();
        wire::Descriptor socket = connect();
        ASSERT_TRUE(wire::send(socket.get(), &join, sizeof join, kernels.get()));
    }
    expect_unharmed(0);
    EXPECT_EQ(site.log().find("another one goes on"), std::string::npos) << site.log();
}

TEST_F(Hostile, TenThousandConnectionsOfOneProcess) {
    rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const auto wanted = std::min<rlim_t>(10'000, limit.rlim_max - 100);
    std::vector<wire::Descriptor> idle;
    while (idle.size() < wanted) {
        idle.push_back(connect());
        ASSERT_TRUE(idle.back()) << idle.size();
    }
    expect_unharmed(0);
    EXPECT_NE(site.log().find("has 64 connections that are no actors"), std::string::npos);
    const auto held = run("ls /proc/" + std::to_string(site.kernel_pid()) + "/fd | wc -l");
    EXPECT_LT(std::stoi(held.output), 150);
    idle.clear();
    EXPECT_TRUE(joined());
}

// What never was a message, with as many descriptors as a message can carry.
TEST_F(Hostile, DescriptorsInPlenty) {
    for (int round = 0; round < 200; ++round) {
        const wire::Descriptor socket = connect();
        std::vector<int> many(200, STDIN_FILENO);
        std::vector<char> control(CMSG_SPACE(many.size() * sizeof(int)));
        wire::Request made = request(CallCode::join);
        iovec part{&made, sizeof made};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(many.size() * sizeof(int));
        std::memcpy(CMSG_DATA(rights), many.data(), many.size() * sizeof(int));
        ASSERT_EQ(sendmsg(socket.get(), &header, 0), static_cast<ssize_t>(sizeof made));
        EXPECT_TRUE(ended(socket));
    }
    expect_unharmed(200);
    const auto held = run("ls /proc/" + std::to_string(site.kernel_pid()) + "/fd | wc -l");
    EXPECT_LT(std::stoi(held.output), 60) << "none of them is kept";
}

// Whoever is refused, and newcomers, stand behind those who are not; they are served all the same, also by a kernel
// that follows another one.
TEST_F(Hostile, WhoeverStandsAtTheBackGoesOn) {
    const wire::Descriptor refused = joined();
    std::atomic<bool> ending = false;
    std::thread crowd([&] {
        while (!ending)
            wire::send(connect().get(), "bytes", 5);
    });
    std::thread busy([&] {
        while (!ending) {
            const std::string allocated = bystander("allocate self 0,4096,9");
            EXPECT_EQ(word(allocated, 0), "0");
            EXPECT_EQ(bystander("free self " + word(allocated, 1) + ",4096,0"), "0");
        }
    });
    wire::Request made = request(CallCode::find_mapping);
    for (int i = 0; i < 100; ++i) {
        ++made.number;
        EXPECT_TRUE(wire::send(refused.get(), &made, sizeof made));
        wire::Reply got = reply(refused);
        if (got.number < made.number) got = reply(refused);  // again, from the next kernel
        EXPECT_EQ(got.number, made.number);
        EXPECT_EQ(got.status, K_EADDR);
        if (i == 30) site.kill_kernel();
        if (i == 60) Puppet(site).allocate(1, "9");
    }
    ending = true;
    crowd.join();
    busy.join();
}

TEST_F(Hostile, TheKernelIsNotDumpable) {
    const Finished who = run("stat -c %u /proc/" + std::to_string(site.kernel_pid()) + "/mem");
    EXPECT_EQ(who.output, "0\n") << "a process that is not dumpable belongs to root";
}

}  // namespace
}  // namespace chorus::test
