#include "script/verbs.hpp"

#include <am/afexec.h>
#include <mem/chMem.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "wire/message.hpp"

namespace chorus::sim {

namespace {

constexpr Form forms[] = {
    {"rgnAllocate", Verb::rgnAllocate, "n", "i@boqFWD",
     "rgnAllocate SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR]"},
    {"rgnFree", Verb::rgnFree, "An", "iFWD", "rgnFree ADDRESS SIZE | rgnFree all [in ACTOR]"},
    {"rgnMapFromActor", Verb::rgnMapFromActor, "fsn", "i@boqSFWDR",
     "rgnMapFromActor ACTOR ADDRESS SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR] [source SIZE]"},
    {"rgnInitFromActor", Verb::rgnInitFromActor, "fsn", "i@boqSFWDR",
     "rgnInitFromActor ACTOR ADDRESS SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR] [source SIZE]"},
    {"rgnDup", Verb::rgnDup, "f", "ioF", "rgnDup ACTOR [inheritshare | inheritcopy] [in ACTOR]"},
    {"rgnSetProtect", Verb::rgnSetProtect, "an", "ioFWD", "rgnSetProtect ADDRESS SIZE [OPTIONS] [in ACTOR]"},
    {"rgnSetInherit", Verb::rgnSetInherit, "an", "ioFWD", "rgnSetInherit ADDRESS SIZE [OPTIONS] [in ACTOR]"},
    {"rgnSetPaging", Verb::rgnSetPaging, "an", "ioFWD", "rgnSetPaging ADDRESS SIZE [OPTIONS] [in ACTOR]"},
    {"rgnSetOpaque", Verb::rgnSetOpaque, "an", "iqFWD", "rgnSetOpaque ADDRESS SIZE opaque NUMBER NUMBER [in ACTOR]"},
    {"rgnStat", Verb::rgnStat, "an", "irFWDO", "rgnStat ADDRESS SIZE [in ACTOR] [room NUMBER]"},
    {"vmCopy", Verb::vmCopy, "fswan", "F", "vmCopy ACTOR ADDRESS ACTOR ADDRESS SIZE"},
    {"vmLock", Verb::vmLock, "an", "ioF", "vmLock ADDRESS SIZE [writable] [in ACTOR]"},
    {"vmUnLock", Verb::vmUnLock, "an", "ioF", "vmUnLock ADDRESS SIZE [in ACTOR]"},
    {"vmFree", Verb::vmFree, "an", "iF", "vmFree ADDRESS SIZE [in ACTOR]"},
    {"vmPhysAddr", Verb::vmPhysAddr, "a", "iO", "vmPhysAddr ADDRESS [in ACTOR]"},
    {"vmMapToPhys", Verb::vmMapToPhys, "anv", "ioF", "vmMapToPhys ADDRESS SIZE PHYSICAL [OPTIONS] [in ACTOR]"},
    {"vmStat", Verb::vmStat, "", "O", "vmStat"},
    {"vmSetPar", Verb::vmSetPar, "vVX", "D", "vmSetPar RED ORANGE GREEN"},
    {"vmPageSize", Verb::vmPageSize, "", "", "vmPageSize"},
    {"svPagesAllocate", Verb::svPagesAllocate, "n", "ioFO", "svPagesAllocate SIZE [OPTIONS]"},
    {"svPagesFree", Verb::svPagesFree, "an", "", "svPagesFree ADDRESS SIZE"},
    {"svCopyIn", Verb::svCopyIn, "san", "", "svCopyIn FROM TO SIZE"},
    {"svCopyInString", Verb::svCopyInString, "san", "", "svCopyInString FROM TO SIZE"},
    {"svCopyOut", Verb::svCopyOut, "san", "", "svCopyOut FROM TO SIZE"},
    {"actorSelf", Verb::actorSelf, "", "O", "actorSelf"},
    {"actorPrivilege", Verb::actorPrivilege, "w", "PO", "actorPrivilege ACTOR [to user | system | supervisor]"},
    {"actorName", Verb::actorName, "w", "NO", "actorName ACTOR [to TEXT]"},
    {"actorStat", Verb::actorStat, "", "rFO", "actorStat [room NUMBER]"},
    {"actorDelete", Verb::actorDelete, "w", "", "actorDelete ACTOR"},
    {"actorCreate", Verb::actorCreate, "", "LCO",
     "NAME = actorCreate [like ACTOR] [user | system | supervisor] [stopped]"},
    {"actorStop", Verb::actorStop, "w", "", "actorStop ACTOR"},
    {"actorStart", Verb::actorStart, "w", "", "actorStart ACTOR"},
    {"actorPi", Verb::actorPi, "w", "IO", "actorPi ACTOR [to UID GID DID]"},
    {"agetId", Verb::agetId, "", "", "agetId"},
    {"acap", Verb::acap, "v", "O", "NAME = acap AID"},
    {"akill", Verb::akill, "w", "", "akill ACTOR"},
    {"acreate", Verb::acreate, "", "EFO", "NAME = acreate [user | supervisor | any | trusted]"},
    {"acred", Verb::acred, "w", "G", "acred ACTOR [to UID GID]"},
    {"afexec", Verb::afexec, "", "EF", "NAME = afexec [user | supervisor | any | trusted]"},
    {"await", Verb::await, "v", "", "await AID"},
    {"awaits", Verb::awaits, "w", "", "awaits ACTOR"},
    {"semInit", Verb::semInit, "av", "", "semInit ADDRESS TOKENS"},
    {"semP", Verb::semP, "a", "t", "semP ADDRESS [now | [for] TIME]"},
    {"semV", Verb::semV, "a", "", "semV ADDRESS"},
    {"read", Verb::read, "a", "Y", "read ADDRESS SIZE | int | int32 | byte | bytes SIZE | value"},
    {"write", Verb::write, "a", "Z", "write ADDRESS TEXT | int N | int32 N | byte N | bytes N ... | value JSON"},
    {"fill", Verb::fill, "anv", "", "fill ADDRESS SIZE BYTE"},
    {"fork", Verb::fork, "", "", "NAME = fork"},
    {"exit", Verb::exit, "v", "", "exit STATUS"},
};

// Of src/client/not_implemented.cpp.
constexpr const char *absent_calls[] = {"univTime",
                                        "univTimeGetRes",
                                        "univTimeSet",
                                        "timerCreate",
                                        "timerDelete",
                                        "timerSet",
                                        "timerThreadPoolInit",
                                        "timerThreadPoolWait",
                                        "threadAbort",
                                        "threadActivate",
                                        "threadContext",
                                        "threadCreate",
                                        "threadDelay",
                                        "threadDelete",
                                        "threadName",
                                        "threadResume",
                                        "threadScheduler",
                                        "threadSemInit",
                                        "threadSemPost",
                                        "threadSemWait",
                                        "threadStart",
                                        "threadStat",
                                        "threadStop",
                                        "threadSuspend",
                                        "sysTime",
                                        "sysTimeGetRes",
                                        "uiBuild",
                                        "uiGetSite",
                                        "uiIsLocal",
                                        "uiLegal",
                                        "uiLocalSite",
                                        "uiSite",
                                        "uiValid",
                                        "grpAllocate",
                                        "grpPortInsert",
                                        "grpPortRemove",
                                        "ipcCall",
                                        "ipcGetData",
                                        "ipcReceive",
                                        "ipcReply",
                                        "ipcRestore",
                                        "ipcSave",
                                        "ipcSend",
                                        "ipcSysInfo",
                                        "ipcTarget",
                                        "portCreate",
                                        "portDeclare",
                                        "portDelete",
                                        "portDisable",
                                        "portEnable",
                                        "portLi",
                                        "portPi",
                                        "portUi",
                                        "lapDescDup",
                                        "lapDescIsZero",
                                        "lapDescZero",
                                        "lapInvoke",
                                        "lapResolve",
                                        "svLapBind",
                                        "svLapCreate",
                                        "svLapDelete",
                                        "svLapUnbind",
                                        "msgAllocate",
                                        "msgFree",
                                        "msgGet",
                                        "msgGetAny",
                                        "msgPoolStat",
                                        "msgPut",
                                        "msgQueueStat",
                                        "msgRemove",
                                        "msgSpaceCreate",
                                        "msgSpaceOpen",
                                        "eventClear",
                                        "eventInit",
                                        "eventPost",
                                        "eventWait",
                                        "monitorGet",
                                        "monitorInit",
                                        "monitorNotify",
                                        "monitorNotifyAll",
                                        "monitorRel",
                                        "monitorWait",
                                        "mutexGet",
                                        "mutexInit",
                                        "mutexRel",
                                        "rtMutexGet",
                                        "rtMutexInit",
                                        "rtMutexRel"};
// These answer in ways of their own.
constexpr const char *harmless_calls[] = {"mutexTry", "rtMutexTry", "threadAborted", "threadSelf", "aload"};

constexpr const char *first_words[] = {"actor", "repeat", "interleave", "end",     "kill", "stop",  "continue",
                                       "pass",  "spawn",  "actors",     "regions", "maps", "waits", "assert"};
constexpr const char *inner_words[] = {"me", "sv", "nobody", "forged", "in", "kernel", "all"};

struct Constant {
    const char *name;
    std::uint64_t value;
};
constexpr Constant constants[] = {
    {"user_start", wire::user_start},
    {"user_end", wire::user_end},
    {"sv_start", wire::user_end},
    {"sv_end", wire::supervisor_end},
    {"high_start", wire::high_start},
    {"high_end", wire::high_end},
    {"null", 0},
    {"unreadable", unreadable_address},
};
constexpr Constant units[] = {
    {"page", page_bytes}, {"pages", page_bytes}, {"byte", 1},      {"bytes", 1},
    {"KiB", 1 << 10},     {"MiB", 1 << 20},      {"GiB", 1 << 30},
};

struct Word {
    const char *name;
    std::uint32_t bit;
};
constexpr Word option_table[] = {
    {"writable", K_WRITABLE}, {"executable", K_EXECUTABLE},     {"fillzero", K_FILLZERO},
    {"anywhere", K_ANYWHERE}, {"restrictive", K_RESTRICTIVE},   {"supervisor", K_SUPERVISOR},
    {"reserved", K_RESERVED}, {"inheritshare", K_INHERITSHARE}, {"inheritcopy", K_INHERITCOPY},
    {"nodemand", K_NODEMAND}, {"nowait", K_NOWAITFORMEMORY},    {"noswapout", K_NOSWAPOUT},
};
constexpr Word spawn_table[] = {
    {"user", AFX_USER_SPACE},
    {"supervisor", AFX_SUPERVISOR_SPACE},
    {"any", AFX_ANY_SPACE},
    {"trusted", AFX_TRUSTED},
};

struct Named {
    const char *name;
    std::int64_t number;
};
constexpr Named statuses[] = {
    {"K_OK", K_OK},
    {"K_EFAULT", K_EFAULT},
    {"K_EUNKNOWN", K_EUNKNOWN},
    {"K_EINVAL", K_EINVAL},
    {"K_EPRIV", K_EPRIV},
    {"K_ESIZE", K_ESIZE},
    {"K_EROUND", K_EROUND},
    {"K_EADDR", K_EADDR},
    {"K_EOVERLAP", K_EOVERLAP},
    {"K_ESPACE", K_ESPACE},
    {"K_ENOMEM", K_ENOMEM},
    {"K_EBUSY", K_EBUSY},
    {"K_ETIMEOUT", K_ETIMEOUT},
    {"K_EABORT", K_EABORT},
    {"K_ENOTIMP", K_ENOTIMP},
    {"K_EFAIL", K_EFAIL},
};
constexpr Named errors[] = {
    {"EPERM", EPERM},   {"ESRCH", ESRCH},   {"EFAULT", EFAULT}, {"EINVAL", EINVAL}, {"ENOENT", ENOENT},
    {"EACCES", EACCES}, {"ENOSYS", ENOSYS}, {"EAGAIN", EAGAIN}, {"EIO", EIO},       {"ENOMEM", ENOMEM},
};

// The row of a table that has this name, or null.
template <class Row, std::size_t N>
const Row *find(const Row (&table)[N], const std::string &name) {
    const Row *found = std::find_if(table, table + N, [&](const Row &row) { return name == row.name; });
    return found == table + N ? nullptr : found;
}

// What that row says.
template <class Row, std::size_t N, class Value>
std::optional<Value> find(const Row (&table)[N], const std::string &name, Value Row::*value) {
    const Row *found = find(table, name);
    return found == nullptr ? std::nullopt : std::optional(found->*value);
}

template <std::size_t N>
bool contains(const char *const (&words)[N], const std::string &word) {
    return std::find(words, words + N, word) != words + N;
}

}  // namespace

const Form *find_form(const std::string &name) {
    return find(forms, name);
}

bool is_absent(const std::string &name) {
    return contains(absent_calls, name) || contains(harmless_calls, name);
}

bool begins_line(const std::string &word) {
    return contains(first_words, word);
}

bool means_something(const std::string &word) {
    return find(constants, word) != nullptr || find_form(word) != nullptr || contains(first_words, word) ||
           contains(inner_words, word);
}

std::optional<std::uint64_t> constant_value(const std::string &word) {
    return find(constants, word, &Constant::value);
}
std::optional<std::uint64_t> unit_bytes(const std::string &word) {
    return find(units, word, &Constant::value);
}

std::optional<std::uint32_t> option_bit(const std::string &word) {
    return find(option_table, word, &Word::bit);
}
std::optional<std::uint32_t> spawn_bit(const std::string &word) {
    return find(spawn_table, word, &Word::bit);
}

std::string option_words(std::uint32_t options) {
    std::string words;
    for (const Word &word : option_table)
        if ((options & word.bit) != 0) words += (words.empty() ? "" : " ") + std::string(word.name);
    return words.empty() ? "readable" : words;
}

std::string status_name(std::int64_t status) {
    for (const Named &one : statuses)
        if (one.number == status) return one.name;
    return std::to_string(status);
}

std::optional<std::int64_t> status_number(const std::string &name) {
    return find(statuses, name, &Named::number);
}

std::string error_name(std::int64_t error) {
    for (const Named &one : errors)
        if (one.number == error) return one.name;
    return "errno " + std::to_string(error);
}

}  // namespace chorus::sim
