// The calls on actors, but for those that start and await programs.
#include <am/afexec.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "puppet.hpp"

namespace puppet {

namespace {

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

// With `actor_states`, their states too.
std::string actor_stat(Words &words, bool states) {
    const auto options = static_cast<unsigned>(number(words));
    const std::string room = word(words);
    std::vector<KnActorStat> rows(room == "bad" ? 1 : number(room));
    const auto size = static_cast<unsigned>(rows.size() * sizeof(KnActorStat));
    const int result = actorStat(options, room == "bad" ? unmapped<KnActorStat>() : rows.data(), size);
    std::string reply = std::to_string(result);
    for (int i = 0; room != "bad" && i < result && i < static_cast<int>(rows.size()); ++i)
        reply += " " + shown(rows[i].asCap) + (states ? "," + std::to_string(rows[i].asStatus) : "");
    return reply;
}

// protection CAPABILITY old|null|bad UID,GID,DID|null|bad
std::string actor_protection(Arguments &arguments, Words &words) {
    KnCap *cap = arguments.cap(words);
    const std::string to = word(words), from = word(words);
    KnProtId old{77, 77, 77}, wanted{};
    std::sscanf(from.c_str(), "%hu,%hu,%hu", &wanted.uid, &wanted.gid, &wanted.did);
    const int result = actorPi(cap,
                               to == "null"  ? nullptr
                               : to == "bad" ? unmapped<KnProtId>()
                                             : &old,
                               from == "null"  ? nullptr
                               : from == "bad" ? unmapped<KnProtId>()
                                               : &wanted);
    return std::to_string(result) + " " + std::to_string(old.uid) + "," + std::to_string(old.gid) + "," +
           std::to_string(old.did);
}

// acred CAPABILITY old|null|bad UID,GID[,GROUP...]|null|bad: user, group, number of groups, and up to 32 of them
std::string actor_credentials(Arguments &arguments, Words &words) {
    constexpr std::size_t most_groups = 32;
    alignas(cx_cred_t) unsigned char old_bytes[sizeof(cx_cred_t) + most_groups * sizeof(gid_t)] = {};
    alignas(cx_cred_t) unsigned char new_bytes[sizeof old_bytes] = {};
    auto *old = reinterpret_cast<cx_cred_t *>(old_bytes), *wanted = reinterpret_cast<cx_cred_t *>(new_bytes);
    old->cr_ngroups = most_groups;
    KnCap *cap = arguments.cap(words);
    const std::string to = word(words), from = word(words);
    std::istringstream ids(from);
    char comma;
    ids >> wanted->cr_uid >> comma >> wanted->cr_gid;
    while (wanted->cr_ngroups < most_groups && ids >> comma >> wanted->cr_groups[wanted->cr_ngroups])
        ++wanted->cr_ngroups;
    const int result = acred(cap,
                             to == "null"  ? nullptr
                             : to == "bad" ? unmapped<cx_cred_t>()
                                           : old,
                             from == "null"  ? nullptr
                             : from == "bad" ? unmapped<cx_cred_t>()
                                             : wanted);
    if (result == -1) return with_errno(result);
    std::string text =
        std::to_string(old->cr_uid) + " " + std::to_string(old->cr_gid) + " " + std::to_string(old->cr_ngroups);
    for (std::size_t i = 0; i < old->cr_ngroups && i < most_groups; ++i)
        text += " " + std::to_string(old->cr_groups[i]);
    return std::to_string(result) + " " + (to == "old" ? text : "-");
}

// create CAPABILITY RESULT PRIVILEGE STATUS
std::string create(Arguments &arguments, Words &words) {
    KnCap *model = arguments.cap(words);
    KnCap made{};
    KnCap *where = place_for(words, made);
    const auto value = static_cast<unsigned>(number(words));
    KnActorPrivilege privilege;
    std::memcpy(static_cast<void *>(&privilege), &value, sizeof privilege);
    const int result = actorCreate(model, where, privilege, static_cast<int>(number(words)));
    return std::to_string(result) + " " + shown(made);
}

// acreate RESULT FLAGS|null|bad [odd]: with "odd", everything else in AcParam is nonsense.
std::string create_by_flags(Words &words) {
    KnCap made{};
    KnCap *where = place_for(words, made);
    const std::string flags = word(words);
    AcParam param{};
    param.acFlags = static_cast<int>(number(flags));
    if (std::string odd; words >> odd) {
        static char nonsuch[] = "/nonsuch/of/these";
        param.acSite = -1;
        param.acStdin = param.acStdout = param.acStderr = param.acCurdir = param.acRootdir = nonsuch;
        param.acCred = unmapped<cx_cred_t>();
    }
    const int result = acreate(where, flags == "null" ? nullptr : flags == "bad" ? unmapped<AcParam>() : &param);
    return with_errno(result) + " " + shown(made);
}

// Runs a shell command in one of the ways that are not afexec. What it prints comes before the reply, its exit status.
std::string run_by(const std::string &way, Words &words) {
    std::string command;
    std::getline(words >> std::ws, command);
    char shell[] = "/bin/sh", option[] = "-c";
    char *const arguments[] = {shell, option, command.data(), nullptr};
    int status = -1;
    pid_t pid = -1;
    if (way == "system") {
        status = std::system(command.c_str());
    } else if (way == "fork_exec") {
        pid = fork();
        if (pid == 0) {
            execv(shell, arguments);
            _exit(127);
        }
    } else if (posix_spawn(&pid, shell, nullptr, nullptr, arguments, environ) != 0) {
        pid = -1;
    }
    if (pid > 0) waitpid(pid, &status, 0);
    return std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

// The last forked child, which answers calls as its parent does.
struct Child {
    pid_t pid = -1;
    int calls = -1;
    FILE *replies = nullptr;

    std::string reply() {
        char line[4096];
        if (std::fgets(line, sizeof line, replies) != nullptr) return std::string(line, std::strcspn(line, "\n"));
        int status = 0;
        waitpid(pid, &status, 0);
        return "ended " + std::to_string(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
    // In both: the pid, the id and the capability of the child.
    std::string begin() {
        int to_child[2], from_child[2];
        if (pipe(to_child) != 0 || pipe(from_child) != 0) return with_errno(-1);
        pid = fork();
        if (pid < 0) return with_errno(-1);
        if (pid > 0) {
            close(to_child[0]);
            close(from_child[1]);
            calls = to_child[1];
            replies = fdopen(from_child[0], "r");
            return reply();
        }
        dup2(to_child[0], STDIN_FILENO);
        dup2(from_child[1], STDOUT_FILENO);
        for (const int end : {to_child[0], to_child[1], from_child[0], from_child[1]})
            close(end);
        KnCap own{};
        const int aid = agetId(), result = actorSelf(&own);
        return std::to_string(getpid()) + " " + std::to_string(aid) + " " +
               (result == K_OK ? shown(own) : std::to_string(result));
    }
    std::string answer(const std::string &call) {
        const std::string line = call + "\n";
        if (write(calls, line.data(), line.size()) < 0) return with_errno(-1);
        return reply();
    }
};

}  // namespace

std::optional<std::string> actor_answer(const std::string &call, Words &words) {
    static Child child;
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
    if (call == "protection") return actor_protection(arguments, words);
    if (call == "acred") return actor_credentials(arguments, words);
    if (call == "actors") return actor_stat(words, false);
    if (call == "actor_states") return actor_stat(words, true);
    if (call == "create") return create(arguments, words);
    if (call == "acreate") return create_by_flags(words);
    if (call == "start") return std::to_string(actorStart(arguments.cap(words)));
    if (call == "stop") return std::to_string(actorStop(arguments.cap(words)));
    if (call == "delete") return std::to_string(actorDelete(arguments.cap(words)));
    if (call == "kill") return with_errno(akill(arguments.cap(words)));
    if (call == "acap") {
        const int aid = static_cast<int>(number(words));
        KnCap cap{};
        const int result = acap(aid, place_for(words, cap));
        return with_errno(result) + " " + shown(cap);
    }
    if (call == "system" || call == "fork_exec" || call == "posix_spawn") return run_by(call, words);
    if (call == "fork") return child.begin();
    if (call == "child") {
        std::string line;
        std::getline(words >> std::ws, line);
        return child.answer(line);
    }
    return std::nullopt;
}

}  // namespace puppet
