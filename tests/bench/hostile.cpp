#include "hostile.hpp"

#include <exec/chTypes.h>
#include <mem/chMem.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "measure.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::bench {

namespace {

constexpr std::uint64_t page_bytes = 4096;

wire::Request request(wire::CallCode code) {
    wire::Request made{};
    made.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
    return made;
}

class Client : public Hostile {
  public:
    explicit Client(const std::string &site) : site_(site) {}

  protected:
    wire::Descriptor connect() const {
        wire::Descriptor socket = wire::connect_to(geteuid(), site_);
        must(bool{socket}, "connection of the neighbour");
        return socket;
    }
    // An actor.
    wire::Descriptor join(int service = -1) const {
        wire::Descriptor socket = connect();
        const wire::Request join = request(wire::CallCode::join);
        wire::Reply reply;
        must(wire::send(socket.get(), &join, sizeof join, service), "join of the neighbour");
        must(receive(socket, reply) && reply.status == K_OK, "join of the neighbour");
        return socket;
    }
    // Without sleeping, so that the next call is there as soon as it can be.
    static bool receive(const wire::Descriptor &socket, wire::Reply &reply) {
        for (;;) {
            const wire::Received got = wire::receive(socket.get(), &reply, sizeof reply, wire::Blocking::no);
            if (got.what != wire::Received::What::failed) return got.what == wire::Received::What::message;
            if (errno != EAGAIN) return false;
        }
    }
    static wire::Reply call(const wire::Descriptor &socket, const wire::Request &made) {
        wire::Reply reply;
        must(wire::send(socket.get(), &made, sizeof made) && receive(socket, reply), "call of the neighbour");
        return reply;
    }

  private:
    std::string site_;
};

class TurnsRound : public Client {
  public:
    using Client::Client;
    void step() override {}
};

// Says something that ends its connection, and is there again.
class AnyBytes : public Client {
  public:
    AnyBytes(const std::string &site, std::size_t size_bytes) : Client(site), bytes_(size_bytes) {
        std::generate(bytes_.begin(), bytes_.end(), std::mt19937(1));
    }
    void step() override { wire::send(connect().get(), bytes_.data(), bytes_.size()); }

  private:
    std::vector<unsigned char> bytes_;
};

class HalfMessages : public Client {
  public:
    using Client::Client;
    void step() override { wire::send(connect().get(), &join_, sizeof join_ / 2); }

  private:
    wire::Request join_ = request(wire::CallCode::join);
};

// A message with as many descriptors as a message can carry.
class Descriptors : public Client {
  public:
    explicit Descriptors(const std::string &site) : Client(site), control_(CMSG_SPACE(sizeof many_)) {
        std::fill(std::begin(many_), std::end(many_), STDIN_FILENO);
        header_.msg_iov = &part_;
        header_.msg_iovlen = 1;
        header_.msg_control = control_.data();
        header_.msg_controllen = control_.size();
        cmsghdr *rights = CMSG_FIRSTHDR(&header_);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof many_);
        std::memcpy(CMSG_DATA(rights), many_, sizeof many_);
    }
    void step() override { sendmsg(connect().get(), &header_, MSG_NOSIGNAL); }

  private:
    int many_[253];
    wire::Request join_ = request(wire::CallCode::join);
    iovec part_{&join_, sizeof join_};
    std::vector<char> control_;
    msghdr header_{};
};

// An actor that calls until it is dropped, and comes again.
class NeverReads : public Client {
  public:
    using Client::Client;
    void step() override {
        if (!socket_) socket_ = join();
        if (!wire::send(socket_.get(), &call_, sizeof call_)) socket_.reset();
    }
    void rest() override { socket_.reset(); }

  private:
    wire::Request call_ = [] {
        wire::Request made = request(wire::CallCode::actor_privilege);
        made.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
        return made;
    }();
    wire::Descriptor socket_;
};

class Connections : public Client {
  public:
    using Client::Client;
    void prepare() override {
        rlimit limit{count + 100, count + 100};
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    void step() override {
        if (open_.size() == count) open_.clear();
        open_.push_back(connect());
    }
    void rest() override { open_.clear(); }

  private:
    static constexpr std::size_t count = 10'000;
    std::vector<wire::Descriptor> open_;
};

// Allocates until it is refused.
class Allocates : public Client {
  public:
    explicit Allocates(const std::string &site) : Client(site), socket_(join()) {
        allocation_.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
        allocation_.region.size_bytes = page_bytes;
        allocation_.region.options = K_ANYWHERE | K_WRITABLE;
    }
    void prepare() override {
        while (allocate().status == K_OK) {
        }
    }
    void step() override { must(allocate().status == K_ENOMEM, "refusal of the neighbour"); }

  protected:
    wire::Reply allocate() { return call(socket_, allocation_); }

    wire::Descriptor socket_;
    wire::Request allocation_ = request(wire::CallCode::allocate_region);
};

// Allocates so many regions, frees them, and begins anew.
class AllocatesAndFrees : public Allocates {
  public:
    AllocatesAndFrees(const std::string &site, int regions) : Allocates(site), regions_(regions) {
        freeing_.target = allocation_.target;
        freeing_.region.options = K_FREEALL;
    }
    void prepare() override {}
    void step() override {
        must(allocate().status == K_OK, "call of the neighbour");
        if (++allocated_ == regions_) rest();
    }
    void rest() override {
        must(call(socket_, freeing_).status == K_OK, "call of the neighbour");
        allocated_ = 0;
    }

  private:
    wire::Request freeing_ = request(wire::CallCode::free_regions);
    int regions_;
    int allocated_ = 0;
};

// Acknowledges what nobody has asked of it.
class NoReplies : public Client {
  public:
    explicit NoReplies(const std::string &site) : Client(site) {
        auto [ours, kernels] = wire::socket_pair();
        socket_ = join(kernels.get());
        service_ = std::move(ours);
    }
    void step() override { wire::send(service_.get(), &call_, sizeof call_); }

  private:
    wire::Request call_ = request(wire::CallCode::acknowledge);
    wire::Descriptor socket_, service_;
};

template <class Kind, auto... arguments>
std::unique_ptr<Hostile> make(const std::string &site) {
    return std::make_unique<Kind>(site, arguments...);
}

}  // namespace

std::vector<Neighbour> neighbours() {
    constexpr double goal = 0.8;
    return {
        {"turns round by itself", 0, false, make<TurnsRound>},
        {"any bytes, a new connection for each", goal, false, make<AnyBytes, 1000>},
        {"253 descriptors with each message", goal, false, make<Descriptors>},
        {"half messages", goal, false, make<HalfMessages>},
        {"never reads its replies", goal, false, make<NeverReads>},
        {"10,000 connections, again and again", goal, false, make<Connections>},
        {"allocates without end, with a quota", goal, true, make<Allocates>},
        {"acknowledges what nobody asked for", goal, false, make<NoReplies>},
        {"allocates and frees, one at a time", 0, false, make<AllocatesAndFrees, 1>},
        {"allocates and frees, 10,000 at a time", 0, false, make<AllocatesAndFrees, 10'000>},
    };
}

}  // namespace chorus::bench
