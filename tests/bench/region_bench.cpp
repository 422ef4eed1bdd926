#include <sys/mman.h>
#include <unistd.h>

#include <chorus/region.hpp>

#include "floor_client.hpp"
#include "measure.hpp"
#include "peer.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

// The last byte: the first ones of the peer's page hold the semaphores it waits on.
void touch(void *page) {
    static_cast<volatile char *>(page)[page_bytes - 1] = 1;
}

// Time of `call`, which fills in a region, and of the first byte written there. The region is freed afterwards.
template <class Call>
double time_with_touch(Call call) {
    KnRgnDesc region = one_page();
    const double start_ns = now_ns();
    must(call(region) == K_OK, "a region call");
    touch(address_of(region));
    const double taken_ns = now_ns() - start_ns;
    region.options = 0;
    must(rgnFree(K_MYACTOR, &region) == K_OK, "rgnFree");
    return taken_ns;
}

double time_floor_with_touch(RegionServer &server, Request request) {
    const double start_ns = now_ns();
    const int descriptor = server.ask(request);
    void *page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    must(page != MAP_FAILED, "mmap");
    touch(page);
    close(descriptor);
    const double taken_ns = now_ns() - start_ns;
    munmap(page, page_bytes);
    server.ask(Request::release);  // rgnFree is a request too
    return taken_ns;
}

}  // namespace

void allocate(benchmark::State &state) {
    RegionServer &server = RegionServer::started();
    measure(
        state, [] { return time_with_touch([](KnRgnDesc &region) { return rgnAllocate(K_MYACTOR, &region); }); },
        [&] { return time_floor_with_touch(server, Request::create); });
}

void map_from_actor(benchmark::State &state) {
    Peer &peer = Peer::started();
    RegionServer &server = RegionServer::started();
    const auto map = [&](KnRgnDesc &region) {
        return rgnMapFromActor(K_MYACTOR, &region, &peer.capability(), &peer.region());
    };
    measure(
        state, [&] { return time_with_touch(map); }, [&] { return time_floor_with_touch(server, Request::pass); });
}

void map_again(benchmark::State &state) {
    RegionServer &server = RegionServer::started();
    KnRgnDesc held = one_page();
    held.size = 2 * page_bytes;
    must(rgnAllocate(K_MYACTOR, &held) == K_OK, "rgnAllocate");
    touch(static_cast<char *>(address_of(held)) + page_bytes);
    KnRgnDesc second = held;
    second.startAddr += page_bytes;
    second.size = page_bytes;
    const auto map = [&](KnRgnDesc &region) { return rgnMapFromActor(K_MYACTOR, &region, K_MYACTOR, &second); };
    measure(
        state, [&] { return time_with_touch(map); }, [&] { return time_floor_with_touch(server, Request::pass); });
    held.options = 0;
    must(rgnFree(K_MYACTOR, &held) == K_OK, "rgnFree");
}

void touch(benchmark::State &state) {
    constexpr std::size_t size_bytes = std::size_t{1} << 30;
    const auto time_of = [](void *start) {
        const double start_ns = now_ns();
        for (std::size_t at = 0; at < size_bytes; at += page_bytes)
            static_cast<volatile char *>(start)[at] = 1;
        return now_ns() - start_ns;
    };
    const auto time_of_anonymous = [&] {
        void *memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        must(memory != MAP_FAILED, "mmap");
        const double taken_ns = time_of(memory);
        munmap(memory, size_bytes);
        return taken_ns;
    };
    // Before each, as much memory is used and given back: else it would be in the time that a virtual machine's host
    // has taken some of what was free, and has to find it again.
    const auto ours = [&] {
        time_of_anonymous();
        const Region region = Region::allocate(size_bytes);
        return time_of(region.bytes().data());
    };
    const auto floor = [&] {
        time_of_anonymous();
        return time_of_anonymous();
    };
    measure(state, ours, floor, {.length = 1});
}

void map_into_another(benchmark::State &state) {
    Peer &peer = Peer::started();
    KnRgnDesc source = one_page();
    must(rgnAllocate(K_MYACTOR, &source) == K_OK, "rgnAllocate");
    const auto map_into = [&](KnCap *target) {
        KnRgnDesc region = one_page();
        const double start_ns = now_ns();
        must(rgnMapFromActor(target, &region, K_MYACTOR, &source) == K_OK, "rgnMapFromActor");
        const double taken_ns = now_ns() - start_ns;
        region.options = 0;
        must(rgnFree(target, &region) == K_OK, "rgnFree");
        return taken_ns;
    };
    measure(
        state, [&] { return map_into(&peer.capability()); }, [&] { return map_into(K_MYACTOR); });
    source.options = 0;
    must(rgnFree(K_MYACTOR, &source) == K_OK, "rgnFree");
}

}  // namespace chorus::bench
