// An actor on strings: reads calls from standard input, one a line, makes them, and prints what came back, one line
// each. Integration tests drive it through pipes (support/puppet.hpp).
//
// Words of a call:
//   capability  self | sv | null | bad | HEAD.TAIL.HEAD.TAIL in hexadecimal
//   descriptor  null | bad | START,SIZE,OPTIONS[,OPAQUE2] | ro:START,SIZE,OPTIONS (in memory that cannot be written)
//   semaphore   an address | null | bad
//   time        forever | null | bad | SECONDS,NANOSECONDS
// Replies: the result; then, where the call has an out-parameter, its value.
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utilities.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Words = std::istringstream;

template <class T>
T *unmapped() {
    return reinterpret_cast<T *>(16);
}

void *read_only_page() {
    static void *page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    return page;
}

std::string word(Words &words) {
    std::string text;
    if (!(words >> text)) {
        std::fprintf(stderr, "puppet: a word is missing in: %s\n", words.str().c_str());
        std::exit(2);
    }
    return text;
}

unsigned long number(const std::string &text) {
    return std::strtoul(text.c_str(), nullptr, 0);
}
unsigned long number(Words &words) {
    return number(word(words));
}

std::string shown(const KnCap &cap) {
    char text[48];
    std::snprintf(text, sizeof text, "%x.%x.%x.%x", cap.ui.uiHead, cap.ui.uiTail, cap.key.keyHead, cap.key.keyTail);
    return text;
}

std::string hex(unsigned long value) {
    char text[24];
    std::snprintf(text, sizeof text, "%#lx", value);
    return text;
}

// Pointer arguments stay valid until the next call.
struct Arguments {
    std::vector<std::unique_ptr<KnCap>> caps;
    std::vector<std::unique_ptr<KnRgnDesc>> descs;
    KnTimeVal time{};

    KnCap *cap(Words &words) {
        const std::string text = word(words);
        if (text == "self") return K_MYACTOR;
        if (text == "sv") return K_SVACTOR;
        if (text == "null") return nullptr;
        if (text == "bad") return unmapped<KnCap>();
        caps.push_back(std::make_unique<KnCap>());
        KnCap &cap = *caps.back();
        std::sscanf(text.c_str(), "%x.%x.%x.%x", &cap.ui.uiHead, &cap.ui.uiTail, &cap.key.keyHead, &cap.key.keyTail);
        return &cap;
    }

    KnRgnDesc *desc(Words &words) {
        std::string text = word(words);
        if (text == "null") return nullptr;
        if (text == "bad") return unmapped<KnRgnDesc>();
        const bool read_only = text.starts_with("ro:");
        if (read_only) text.erase(0, 3);
        KnRgnDesc desc{};
        std::sscanf(text.c_str(), "%i,%i,%i,%i", reinterpret_cast<int *>(&desc.startAddr),
                    reinterpret_cast<int *>(&desc.size), reinterpret_cast<int *>(&desc.options),
                    reinterpret_cast<int *>(&desc.opaque2));
        if (read_only) {
            void *page = read_only_page();
            std::memcpy(page, &desc, sizeof desc);
            mprotect(page, 4096, PROT_READ);
            return static_cast<KnRgnDesc *>(page);
        }
        descs.push_back(std::make_unique<KnRgnDesc>(desc));
        return descs.back().get();
    }

    KnSem *sem(Words &words) {
        const std::string text = word(words);
        if (text == "null") return nullptr;
        if (text == "bad") return unmapped<KnSem>();
        return reinterpret_cast<KnSem *>(number(text));
    }

    KnTimeVal *limit(Words &words) {
        const std::string text = word(words);
        if (text == "forever") return K_NOTIMEOUT;
        if (text == "null") return K_NOBLOCK;
        if (text == "bad") return unmapped<KnTimeVal>();
        std::sscanf(text.c_str(), "%ld,%ld", &time.tmSec, &time.tmNSec);
        return &time;
    }
};

// The start address after a call, or "-" where the descriptor cannot be read.
std::string start_of(const KnRgnDesc *desc) {
    return desc == nullptr || desc == unmapped<KnRgnDesc>() ? "-" : hex(desc->startAddr);
}

std::string with_errno(int result) {
    return std::to_string(result) + (result == -1 ? " " + std::to_string(errno) : "");
}

// Whether memory can be read or written, asked of the system: a pipe write reads it, a pipe read writes it.
std::string access_to(unsigned long address) {
    int ends[2];
    if (pipe(ends) != 0) return "?";
    std::string access;
    void *at = reinterpret_cast<void *>(address);
    if (write(ends[1], at, 1) == 1) {
        access = read(ends[0], at, 1) == 1 ? "rw" : "r";
    } else {
        access = "none";
    }
    close(ends[0]);
    close(ends[1]);
    return access;
}

std::string region_stat(Arguments &arguments, Words &words) {
    KnCap *cap = arguments.cap(words);
    KnRgnDesc *desc = arguments.desc(words);
    const std::string room = word(words);
    std::vector<KnRgnStat> rows(room == "bad" ? 1 : number(room));
    KnRgnStat *stat = room == "bad" ? unmapped<KnRgnStat>() : rows.data();
    const int result = rgnStat(cap, desc, stat, static_cast<unsigned>(rows.size() * sizeof *stat));
    std::string reply = std::to_string(result);
    for (int i = 0; room != "bad" && i < result && i < static_cast<int>(rows.size()); ++i)
        reply += " " + hex(rows[i].startAddr) + "," + hex(rows[i].size) + "," + hex(rows[i].options) + "," +
                 std::to_string(rows[i].opaque2);
    return reply;
}

std::string actor_name(Arguments &arguments, Words &words) {
    char old[K_ACTORNAMEMAX];
    std::memset(old, '?', sizeof old);
    KnCap *cap = arguments.cap(words);
    const std::string to = word(words), from = word(words);
    char *newname = from == "null" ? nullptr : from == "bad" ? unmapped<char>() : const_cast<char *>(from.c_str());
    const int result = actorName(cap, to == "null" ? nullptr : to == "bad" ? unmapped<char>() : old, newname);
    return std::to_string(result) + " " + (to == "old" && result == K_OK ? old : "-");
}

std::string actor_privilege(Arguments &arguments, Words &words) {
    KnActorPrivilege old = static_cast<KnActorPrivilege>(0x77), wanted{};
    KnCap *cap = arguments.cap(words);
    const std::string to = word(words), from = word(words);
    KnActorPrivilege *newpriv = from == "null" ? nullptr : from == "bad" ? unmapped<KnActorPrivilege>() : &wanted;
    if (newpriv == &wanted) {
        const auto value = static_cast<unsigned>(number(from));
        std::memcpy(static_cast<void *>(&wanted), &value, sizeof value);
    }
    auto *oldpriv = to == "null" ? nullptr : to == "bad" ? unmapped<KnActorPrivilege>() : &old;
    const int result = actorPrivilege(cap, oldpriv, newpriv);
    unsigned shown_old;
    std::memcpy(&shown_old, &old, sizeof shown_old);
    return std::to_string(result) + " " + (to == "old" && result == K_OK ? std::to_string(shown_old) : "-");
}

std::string actor_stat(Words &words) {
    const auto options = static_cast<unsigned>(number(words));
    const std::string room = word(words);
    std::vector<KnActorStat> rows(room == "bad" ? 1 : number(room));
    const auto size = static_cast<unsigned>(rows.size() * sizeof(KnActorStat));
    const int result = actorStat(options, room == "bad" ? unmapped<KnActorStat>() : rows.data(), size);
    std::string reply = std::to_string(result);
    for (int i = 0; room != "bad" && i < result && i < static_cast<int>(rows.size()); ++i)
        reply += " " + shown(rows[i].asCap);
    return reply;
}

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

// Frees every second page of a range: how often that succeeded, and the first refusal.
std::string riddle(Words &words) {
    const unsigned long start = number(words), pages = number(words);
    int freed = 0, refusal = K_OK;
    for (unsigned long page = 1; page < pages && refusal == K_OK; page += 2) {
        KnRgnDesc desc{};
        desc.startAddr = static_cast<VmAddr>(start + page * 4096);
        desc.size = 4096;
        refusal = rgnFree(K_MYACTOR, &desc);
        if (refusal == K_OK) ++freed;
    }
    return std::to_string(freed) + " " + std::to_string(refusal);
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

// What a forked child is told by the kernel.
std::string in_forked_child() {
    const pid_t child = fork();
    if (child == 0) _exit(-actorName(K_MYACTOR, nullptr, nullptr));
    int status = 0;
    waitpid(child, &status, 0);
    return std::to_string(-WEXITSTATUS(status));
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
    Arguments arguments;
    if (call == "self") {
        KnCap cap{};
        const std::string where = words >> std::ws && !words.eof() ? word(words) : "";
        const int result = actorSelf(where == "null" ? nullptr : where == "bad" ? unmapped<KnCap>() : &cap);
        return std::to_string(result) + " " + shown(cap);
    }
    if (call == "id") return std::to_string(agetId());
    if (call == "name") return actor_name(arguments, words);
    if (call == "privilege") return actor_privilege(arguments, words);
    if (call == "actors") return actor_stat(words);
    if (call == "delete") return std::to_string(actorDelete(arguments.cap(words)));
    if (call == "kill") return with_errno(akill(arguments.cap(words)));
    if (call == "acap") {
        const int aid = static_cast<int>(number(words));
        KnCap cap{};
        const std::string where = word(words);
        const int result = acap(aid, where == "bad" ? unmapped<KnCap>() : &cap);
        return with_errno(result) + " " + shown(cap);
    }
    if (call == "spawn") return spawn(words);
    if (call == "await") return await_child(words);
    if (call == "awaits") {
        int status = -1;
        const int result = awaits(arguments.cap(words), &status);
        return with_errno(result) + " " + std::to_string(status);
    }
    if (call == "allocate") {
        KnCap *cap = arguments.cap(words);
        KnRgnDesc *desc = arguments.desc(words);
        const int result = rgnAllocate(cap, desc);
        return std::to_string(result) + " " + start_of(desc);
    }
    if (call == "free") {
        KnCap *cap = arguments.cap(words);
        return std::to_string(rgnFree(cap, arguments.desc(words)));
    }
    if (call == "map") {
        KnCap *target = arguments.cap(words);
        KnRgnDesc *desc = arguments.desc(words);
        KnCap *source = arguments.cap(words);
        const int result = rgnMapFromActor(target, desc, source, arguments.desc(words));
        return std::to_string(result) + " " + start_of(desc);
    }
    if (call == "stat") return region_stat(arguments, words);
    if (call == "sem_init") {
        KnSem *sem = arguments.sem(words);
        return std::to_string(semInit(sem, static_cast<unsigned>(number(words))));
    }
    if (call == "sem_p") {
        KnSem *sem = arguments.sem(words);
        return std::to_string(semP(sem, arguments.limit(words)));
    }
    if (call == "sem_v") return std::to_string(semV(arguments.sem(words)));
    if (call == "access") return access_to(number(words));
    if (call == "read") return std::to_string(*reinterpret_cast<volatile unsigned char *>(number(words)));
    if (call == "write") {
        auto *at = reinterpret_cast<volatile unsigned char *>(number(words));
        *at = static_cast<unsigned char>(number(words));
        return "done";
    }
    if (call == "riddle") return riddle(words);
    if (call == "exhaust_mappings") return exhaust_mappings();
    if (call == "exhaust_descriptors") return exhaust_descriptors();
    if (call == "fork") return in_forked_child();
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
