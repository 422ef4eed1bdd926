// An actor on strings: reads calls from standard input, one a line, makes them, and prints what came back, one line
// each. Integration tests drive it through pipes (support/puppet.hpp).
// The words are described in puppet.hpp.
// Replies: the result; then, where the call has an out-parameter, its value.
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>
#include <utilities.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "puppet.hpp"

using namespace puppet;

namespace {

// spawn FLAGS [stdin=FILE stdout=FILE curdir=DIRECTORY rootdir=DIRECTORY] PATH ARGUMENTS...; "~" stands for a space.
std::string spawn(Words &words) {
    AcParam param{};
    param.acFlags = static_cast<int>(number(words));
    std::vector<std::string> texts;
    std::map<std::string, std::string> files;
    for (std::string text; words >> text;) {
        std::replace(text.begin(), text.end(), '~', ' ');
        const auto equals = text.find('=');
        if (texts.empty() && equals != std::string::npos)
            files[text.substr(0, equals)] = text.substr(equals + 1);
        else
            texts.push_back(text);
    }
    const auto given = [&](const char *name) { return files.contains(name) ? files[name].data() : nullptr; };
    param.acStdin = given("stdin");
    param.acStdout = given("stdout");
    param.acCurdir = given("curdir");
    param.acRootdir = given("rootdir");
    std::vector<char *> argv;
    for (std::string &text : texts)
        argv.push_back(text.data());
    argv.push_back(nullptr);
    KnCap child{};
    const int aid = afexecv(argv[0], &child, &param, argv.data());
    return with_errno(aid) + (aid > 0 ? " " + shown(child) : "");
}

std::string await_child(Words &words) {
    int status = -1;
    const int result = await(static_cast<int>(number(words)), &status);
    if (result == -1) return with_errno(result);
    const char *kind = IS_EXIT_EVT(status) ? "exit" : IS_KILL_EVT(status) ? "kill" : "?";
    return std::to_string(result) + " " + kind + " " + std::to_string(GET_EXIT_EVT(status));
}

// Maps pages of its own until the system allows no more, each apart from the next: how many.
std::string exhaust_mappings() {
    int mapped = 0;
    for (;; ++mapped) {
        const int protection = mapped % 2 == 0 ? PROT_READ : PROT_NONE;
        if (mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break;
    }
    return std::to_string(mapped);
}

// Opens descriptors until the system allows no more: how many.
std::string exhaust_descriptors() {
    int opened = 0;
    while (dup(STDIN_FILENO) >= 0)
        ++opened;
    return std::to_string(opened);
}

std::string read_capability(Words &words) {
    std::vector<std::string> texts;
    for (std::string text; words >> text;)
        texts.push_back(text);
    std::vector<char *> argv;
    for (std::string &text : texts)
        argv.push_back(text == "bad" ? unmapped<char>() : text.data());
    argv.push_back(nullptr);
    KnCap cap{};
    const int result = readCap(argv.data(), &cap);
    return std::to_string(result) + " " + shown(cap);
}

// A signal handler runs every 20 ms from now on.
void tick() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, nullptr);
    const itimerval every{{0, 20'000}, {0, 20'000}};
    setitimer(ITIMER_REAL, &every, nullptr);
}

std::string answer(const std::string &call, Words &words) {
    for (const auto answer_of : {region_answer, memory_answer, actor_answer, site_answer})
        if (const auto reply = answer_of(call, words)) return *reply;
    Arguments arguments;
    if (call == "spawn") return spawn(words);
    if (call == "await") return await_child(words);
    if (call == "awaits") {
        int status = -1;
        const int result = awaits(arguments.cap(words), &status);
        return with_errno(result) + " " + std::to_string(status);
    }
    if (call == "sem_init") {
        KnSem *sem = arguments.sem(words);
        return std::to_string(semInit(sem, static_cast<unsigned>(number(words))));
    }
    if (call == "sem_p") {
        KnSem *sem = arguments.sem(words);
        return std::to_string(semP(sem, arguments.limit(words)));
    }
    if (call == "sem_v") return std::to_string(semV(arguments.sem(words)));
    if (call == "exhaust_mappings") return exhaust_mappings();
    if (call == "exhaust_descriptors") return exhaust_descriptors();
    if (call == "read_cap") return read_capability(words);
    if (call == "tick") {
        tick();
        return "done";
    }
    if (call == "pid") return std::to_string(getpid());
    if (call == "exit") std::exit(static_cast<int>(number(words)));
    return "unknown call " + call;
}

}  // namespace

// With an argument it makes no call and waits to be ended.
int main(int argc, char **) {
    while (argc > 1)
        pause();
    sigset_t ticks;
    sigemptyset(&ticks);
    sigaddset(&ticks, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &ticks, nullptr);
    for (std::string line; std::getline(std::cin, line);) {
        Words words(line);
        const std::string call = word(words);
        static int errno_after = 0;
        if (call == "errno") {
            std::cout << errno_after << std::endl;
            continue;
        }
        // Ticks are for the calls, not for reading them.
        pthread_sigmask(SIG_UNBLOCK, &ticks, nullptr);
        errno = 0;
        const std::string reply = answer(call, words);
        errno_after = errno;
        pthread_sigmask(SIG_BLOCK, &ticks, nullptr);
        std::cout << reply << std::endl;
    }
}
