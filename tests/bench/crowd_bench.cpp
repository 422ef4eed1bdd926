#include "crowd_client.hpp"
#include "measure.hpp"
#include "works.hpp"

namespace chorus::bench {

namespace {

constexpr Row row{.length = 16, .works = 5};

void among(benchmark::State &state, Crowd &many) {
    static Crowd few(100);
    measure(
        state, [&] { return many.time_calls(); }, [&] { return few.time_calls(); }, row);
}

}  // namespace

void among_10_000(benchmark::State &state) {
    static Crowd many(10'000);
    among(state, many);
}

void among_100_000(benchmark::State &state) {
    static Crowd many(100'000);
    among(state, many);
}

void among_1_000_actors(benchmark::State &state) {
    static Crowd many(100'000, 1'000);
    among(state, many);
}

}  // namespace chorus::bench
