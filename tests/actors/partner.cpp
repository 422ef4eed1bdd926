// An actor in C++ that a test starts, in the part that its first argument names:
//   exit CODE | fault | rest      ends so; or does not
//   answer CAPABILITY START       maps the page, waits to be asked, says where it has the page, and answers
//   count                         prints how many actors there are
#include <unistd.h>

#include <chorus/chorus.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cxx/shared.hpp"

using namespace chorus;

namespace {

int answer(char **words) {
    const Region other = Region::allocate(page_size());  // where the page would lie else
    const Region page =
        Region::map_from(Capability::parse(words), {std::stoul(words[4], nullptr, 0), sizeof(test::Shared)});
    auto &shared = page.as<test::Shared>().front();
    shared.pid_of_partner = getpid();
    if (!shared.asked.wait_for(std::chrono::seconds(60))) return 1;
    shared.address_in_partner = page.range().start;
    std::strcpy(shared.text, "I am another");
    shared.answered.signal();
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    const std::string part = argc > 1 ? argv[1] : "";
    if (part == "exit") return std::atoi(argv[2]);
    if (part == "fault") {
        std::signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    if (part == "rest") {
        Actor::own_aid();
        for (;;)
            pause();
    }
    if (part == "answer" && argc == 7) return answer(argv + 2);
    if (part == "count") {
        std::printf("%zu\n", Site::actors().size());
        return 0;
    }
    return 2;
}
