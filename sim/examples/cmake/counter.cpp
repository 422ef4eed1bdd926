// Several actors count in one page: counter [CHILDREN]
//
// The parent allocates the page and starts the children, each with the parent's capability and the address of the page.
// Each child maps it and adds to the number in it, which a semaphore protects.
#include <chorus/chorus.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace {

struct Counter {
    chorus::Semaphore free{1};
    int value = 0;
};

constexpr int additions = 1000;

int count(const chorus::Capability &parent, chorus::Address address) {
    const chorus::Region page = chorus::Region::map_from(parent, {address, sizeof(Counter)});
    Counter &counter = page.as<Counter>().front();
    for (int i = 0; i < additions; ++i) {
        counter.free.wait();
        ++counter.value;
        counter.free.signal();
    }
    return 0;
}

int start(const char *program, int number) {
    const chorus::Region page = chorus::Region::allocate(sizeof(Counter));
    Counter &counter = *std::construct_at(page.as<Counter>().data());
    const std::vector<std::string> arguments{chorus::Actor::self().capability().text(),
                                             std::to_string(page.range().start)};
    std::vector<chorus::Actor> children;
    for (int i = 0; i < number; ++i)
        children.push_back(chorus::Actor::spawn(program, arguments));
    for (const chorus::Actor &child : children)
        if (child.await().code != 0) return 1;
    std::printf("%d actors counted to %d\n", number, counter.value);
    return counter.value == number * additions ? 0 : 1;
}

}  // namespace

int main(int argc, char **argv) {
    try {
        if (argc == 3) return count(chorus::Capability::parse(argv[1]), std::stoull(argv[2]));
        return start(argv[0], argc > 1 ? std::atoi(argv[1]) : 4);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "counter: %s\n", error.what());
        return 1;
    }
}
