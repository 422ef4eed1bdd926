#include <sys/mman.h>
#include <unistd.h>

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
