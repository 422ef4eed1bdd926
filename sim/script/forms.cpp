#include "script/forms.hpp"

#include <algorithm>
#include <iterator>

namespace chorus::sim {

namespace {

constexpr Form forms[] = {
    {"rgnAllocate", Verb::rgnAllocate, "n", "i@boqFWD", "k",
     "rgnAllocate SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR]",
     "Allocates a region. The kernel chooses the address if none is given.",
     "alice  s = rgnAllocate 3 pages writable   -> K_OK"},
    {"rgnFree", Verb::rgnFree, "An", "iFWD", "k", "rgnFree ADDRESS SIZE | rgnFree all [in ACTOR]",
     "Removes the regions in a range, or all regions of an actor.", "alice  rgnFree s 1 page   -> K_OK"},
    {"rgnMapFromActor", Verb::rgnMapFromActor, "fsn", "i@boqSFWDR", "k",
     "rgnMapFromActor ACTOR ADDRESS SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR] [source SIZE]",
     "Maps memory of another actor: both then read and write the same pages.",
     "bob    v = rgnMapFromActor alice s 1 page writable   -> K_OK"},
    {"rgnInitFromActor", Verb::rgnInitFromActor, "fsn", "i@boqSFWDR", "k",
     "rgnInitFromActor ACTOR ADDRESS SIZE [at ADDRESS | between LOW HIGH] [OPTIONS] [in ACTOR] [source SIZE]",
     "Allocates a region and fills it with a copy of another actor's memory.",
     "bob    c = rgnInitFromActor alice s 1 page   -> K_OK"},
    {"rgnDup", Verb::rgnDup, "f", "ioF", "k", "rgnDup ACTOR [inheritshare | inheritcopy] [in ACTOR]",
     "Gives an actor without regions a copy of each region of another.", "carol  rgnDup alice   -> K_OK"},
    {"rgnSetProtect", Verb::rgnSetProtect, "an", "ioFWD", "k", "rgnSetProtect ADDRESS SIZE [OPTIONS] [in ACTOR]",
     "Changes whether a range may be written and executed.", "alice  rgnSetProtect s 1 page readable   -> K_OK"},
    {"rgnSetInherit", Verb::rgnSetInherit, "an", "ioFWD", "k", "rgnSetInherit ADDRESS SIZE [OPTIONS] [in ACTOR]",
     "Changes what a child of fork or rgnDup gets of a range: the same memory, a copy, or nothing.",
     "alice  rgnSetInherit s 1 page inheritcopy   -> K_OK"},
    {"rgnSetPaging", Verb::rgnSetPaging, "an", "ioFWD", "k", "rgnSetPaging ADDRESS SIZE [OPTIONS] [in ACTOR]",
     "Changes the paging options of a range.", "alice  rgnSetPaging s 1 page nodemand   -> K_OK"},
    {"rgnSetOpaque", Verb::rgnSetOpaque, "an", "iqFWD", "k",
     "rgnSetOpaque ADDRESS SIZE opaque NUMBER NUMBER [in ACTOR]",
     "Changes the two values that a program attaches to a range.", "alice  rgnSetOpaque s 1 page opaque 7 8   -> K_OK"},
    {"rgnStat", Verb::rgnStat, "an", "irFWDO", "kc", "rgnStat ADDRESS SIZE [in ACTOR] [room NUMBER]",
     "Lists the regions in a range, at most as many as there is room for.",
     "alice  rgnStat s 4 pages   -> 1: s 4 pages writable"},
    {"vmCopy", Verb::vmCopy, "fswan", "F", "k", "vmCopy ACTOR ADDRESS ACTOR ADDRESS SIZE",
     "Copies memory: the source is named first, then the target.", "bob    vmCopy alice s bob v+1 page 16   -> K_OK"},
    {"vmLock", Verb::vmLock, "an", "ioF", "k", "vmLock ADDRESS SIZE [writable] [in ACTOR]",
     "Keeps the pages of a range in memory.",
     "carol  k = rgnAllocate 1 page writable   -> K_OK\ncarol  vmLock k 1 page   -> K_OK"},
    {"vmUnLock", Verb::vmUnLock, "an", "ioF", "k", "vmUnLock ADDRESS SIZE [in ACTOR]", "Takes a vmLock back.",
     "carol  k = rgnAllocate 1 page writable   -> K_OK\ncarol  vmLock k 1 page   -> K_OK\ncarol  vmUnLock k 1 page   "
     "-> K_OK"},
    {"vmFree", Verb::vmFree, "an", "iF", "k", "vmFree ADDRESS SIZE [in ACTOR]",
     "Gives the pages of a range back; it reads as zeroes afterwards.", "alice  vmFree s 1 page   -> K_OK"},
    {"vmPhysAddr", Verb::vmPhysAddr, "a", "iO", "k", "vmPhysAddr ADDRESS [in ACTOR]",
     "Asks for the physical address of a page that is locked.", "alice  vmPhysAddr s   -> K_OK"},
    {"vmMapToPhys", Verb::vmMapToPhys, "anv", "ioF", "k", "vmMapToPhys ADDRESS SIZE PHYSICAL [OPTIONS] [in ACTOR]",
     "Maps physical memory.", "alice  vmMapToPhys s 1 page 0   -> K_EPRIV"},
    {"vmStat", Verb::vmStat, "", "O", "km", "vmStat", "Shows the marks of vmSetPar and how many bytes are locked.",
     "alice  vmStat   -> red 0, orange 0, green 0, locked 0"},
    {"vmSetPar", Verb::vmSetPar, "vVX", "D", "k", "vmSetPar RED ORANGE GREEN", "Sets the three marks for free memory.",
     "carol  vmSetPar 1 2 3   -> K_OK"},
    {"vmPageSize", Verb::vmPageSize, "", "", "n", "vmPageSize", "Asks for the size of a page in bytes.",
     "alice  vmPageSize   -> 4096"},
    {"svPagesAllocate", Verb::svPagesAllocate, "n", "ioFO", "k", "svPagesAllocate SIZE [OPTIONS] [in ACTOR]",
     "Allocates pages of the supervisor address space.", "dave   p = svPagesAllocate 1 page   -> K_OK"},
    {"svPagesFree", Verb::svPagesFree, "an", "", "k", "svPagesFree ADDRESS SIZE", "Frees pages of svPagesAllocate.",
     "dave   p = svPagesAllocate 1 page   -> K_OK\ndave   svPagesFree p 1 page   -> K_OK"},
    {"svCopyIn", Verb::svCopyIn, "san", "", "k", "svCopyIn FROM TO SIZE",
     "Copies memory of a user to the caller, a supervisor actor.", "alice  svCopyIn s s+64 8   -> K_EPRIV"},
    {"svCopyInString", Verb::svCopyInString, "san", "", "k", "svCopyInString FROM TO SIZE",
     "Copies a text of a user, up to its zero byte, to the caller, a supervisor actor.",
     "alice  svCopyInString s s+64 8   -> K_EPRIV"},
    {"svCopyOut", Verb::svCopyOut, "san", "", "k", "svCopyOut FROM TO SIZE",
     "Copies memory of the caller, a supervisor actor, to a user.", "alice  svCopyOut s s+64 8   -> K_EPRIV"},
    {"actorSelf", Verb::actorSelf, "", "O", "k", "actorSelf", "Asks for the capability of the caller.",
     "alice  actorSelf   -> K_OK"},
    {"actorPrivilege", Verb::actorPrivilege, "w", "PO", "kp", "actorPrivilege ACTOR [to user | system | supervisor]",
     "Shows the privilege of an actor, and may change it.", "alice  actorPrivilege bob   -> user"},
    {"actorName", Verb::actorName, "w", "NO", "kt", "actorName ACTOR [to TEXT]",
     "Shows the name of an actor, and may change it.", "alice  actorName bob to \"robert\"   -> \"bob\""},
    {"actorStat", Verb::actorStat, "", "rFO", "kn", "actorStat [room NUMBER]", "Counts the actors of the site.",
     "carol  actorStat   -> 4"},
    {"actorDelete", Verb::actorDelete, "w", "", "k", "actorDelete ACTOR", "Deletes an actor and ends its process.",
     "bob    actorDelete me   -> gone"},
    {"actorCreate", Verb::actorCreate, "", "LCO", "k",
     "NAME = actorCreate [like ACTOR] [user | system | supervisor] [stopped]", "Makes an actor without a process.",
     "carol  erin = actorCreate user   -> K_OK"},
    {"actorStop", Verb::actorStop, "w", "", "k", "actorStop ACTOR", "Stops the process of an actor until actorStart.",
     "carol  actorStop bob   -> K_OK"},
    {"actorStart", Verb::actorStart, "w", "", "k", "actorStart ACTOR", "Lets a stopped actor go on.",
     "carol  actorStop bob   -> K_OK\ncarol  actorStart bob   -> K_OK"},
    {"actorPi", Verb::actorPi, "w", "IO", "ki", "actorPi ACTOR [to UID GID DID]",
     "Shows the protection identifier of an actor, and may change it.",
     "carol  actorPi bob to 1 2 3 out=null   -> K_OK"},
    {"agetId", Verb::agetId, "", "", "en", "agetId", "Asks for the AID of the caller.", "alice  agetId   -> 1"},
    {"acap", Verb::acap, "v", "O", "en", "NAME = acap AID",
     "Asks for the capability of an actor; NAME stands for that actor.", "carol  other = acap bob   -> 0"},
    {"akill", Verb::akill, "w", "", "ke", "akill ACTOR", "Kills an actor.", "alice  akill bob   -> K_OK"},
    {"acreate", Verb::acreate, "", "EFO", "en", "NAME = acreate [user | supervisor | any | trusted]",
     "Makes an actor without a process.", "alice  erin = acreate   -> 0"},
    {"acred", Verb::acred, "w", "GO", "kei", "acred ACTOR [to UID GID]",
     "Shows the user and group of an actor, and may change them.", "alice  acred nobody   -> ESRCH"},
    {"afexec", Verb::afexec, "", "EF", "en", "NAME = afexec [user | supervisor | any | trusted]",
     "Starts a program as an actor: NAME makes steps as the others do. Returns its AID.",
     "alice  erin = afexec   -> 5"},
    {"await", Verb::await, "v", "", "ex", "await AID",
     "Waits for the end of an actor that the caller has started, named by its AID.",
     "alice  erin = afexec   -> 5\nalice  await erin   -> blocked\nerin   exit 3   -> gone, wakes alice: exit 3"},
    {"awaits", Verb::awaits, "w", "", "ex", "awaits ACTOR",
     "Waits for the end of an actor that the caller has started, named by its capability.",
     "alice  erin = afexec   -> 5\nalice  awaits erin   -> blocked\nkill erin   -> wakes alice: kill 9"},
    {"semInit", Verb::semInit, "av", "", "k", "semInit ADDRESS TOKENS",
     "Makes a semaphore in memory, with a number of tokens.", "alice  semInit s 1   -> K_OK"},
    {"semP", Verb::semP, "a", "t", "k", "semP ADDRESS [now | [for] TIME]",
     "Takes a token of a semaphore, or waits for one. With 'now' it does not wait, with a time not longer than that.",
     "alice  semInit s 0   -> K_OK\nalice  semP s for 100 ms   -> blocked\npass 100 ms   -> wakes alice: K_ETIMEOUT"},
    {"semV", Verb::semV, "a", "", "k", "semV ADDRESS",
     "Gives a token to a semaphore. An actor that waits for it goes on.",
     "alice  semInit s 0   -> K_OK\nalice  semP s   -> blocked\nbob    semV v   -> K_OK, wakes alice"},
    {"read", Verb::read, "a", "Y", "", "read ADDRESS SIZE | int | int32 | byte | bytes SIZE | value",
     "Reads memory, as a program does: a text of SIZE bytes, a number, single bytes, or a value of 'write value'.",
     "alice  n = read s int   -> 0"},
    {"write", Verb::write, "a", "Z", "k", "write ADDRESS TEXT | int N | int32 N | byte N | bytes N ... | value JSON",
     "Writes memory, as a program does: a text, a number, single bytes, or a value (its length, then its CBOR).",
     "alice  write s \"hello\"   -> K_OK\nbob    read v 5   -> \"hello\""},
    {"fill", Verb::fill, "anv", "", "k", "fill ADDRESS SIZE BYTE", "Fills memory with a byte.",
     "alice  fill s 1 page 255   -> K_OK"},
    {"fork", Verb::fork, "", "", "en", "NAME = fork",
     "Makes a copy of the process: NAME is the child, which makes steps as the others do. Returns its AID.",
     "alice  erin = fork   -> 5"},
    {"exit", Verb::exit, "v", "", "", "exit STATUS", "Ends the process.", "alice  exit 0   -> gone"},
};

constexpr Statement statements[] = {
    {"actor", "", "actor NAME [supervisor | trusted] [user UID], ...",
     "Declares actors: each is a process from the beginning of the scenario on. 'trusted' makes a system actor. 'user' "
     "needs root.",
     "actor erin, frank trusted"},
    {"repeat", "", "repeat N", "Repeats the steps up to 'end'.", "repeat 3\nalice  write s int 1   -> K_OK\nend"},
    {"interleave", "", "interleave",
     "Makes the steps up to 'end' in every order that their actors allow. Each order runs in a world of its own.",
     "interleave\nalice  write s int 1\nbob    write v int 2\nend\nalice  read s int   -> 1 or 2"},
    {"end", "d", "end",
     "Ends a repeat or an interleave. After an interleave, '-> done or deadlock' allows orders in which no actor can "
     "go on.",
     "repeat 2\nalice  agetId   -> 1\nend"},
    {"in", "", "in ORDER [, ORDER]... -> OUTCOME",
     "Says what the step above comes to in some orders. An order is written as letters: a is the actor declared first.",
     "interleave\nalice  write s int 1\nbob    write v int 2\nend\nalice  read s int\n    in ab -> 2\n    in ba -> 1"},
    {"kill", "0", "kill NAME | kill kernel | kill keeper | kill site",
     "Kills the process of an actor, one of the two processes of chorusd, or both.", "kill bob"},
    {"stop", "0", "stop NAME", "Stops the process of an actor, as SIGSTOP does.", "stop bob"},
    {"continue", "0", "continue NAME", "Lets a stopped process go on.", "stop bob\ncontinue bob"},
    {"pass", "0", "pass TIME",
     "Lets time pass. In a scenario it does not pass otherwise, so a P with a time ends here or never.",
     "pass 1 s 500 ms"},
    {"spawn", "s", "spawn [trusted | supervisor] PROGRAM ARGUMENT...",
     "Runs a program, each word in quotes, to its end. In the output that is expected, * stands for anything.",
     "spawn \"echo\" \"hello\"   -> exit 0, \"hello\\n\""},
    {"actors", "a", "actors", "Lists the actors of the site.", "actors   -> alice, bob, carol, dave"},
    {"regions", "r", "regions NAME | regions sv",
     "Lists the regions of an actor, or of the supervisor address space, as the kernel knows them.",
     "regions alice   -> s 4 pages writable (segment 1)"},
    {"maps", "r", "maps NAME", "Lists what the process of an actor has mapped.", "maps alice   -> s 4 pages rw-"},
    {"waits", "w", "waits", "Lists which actors wait, for what and for whom.", "waits   -> nobody"},
    {"assert", "0", "assert A == B", "Compares two numbers.", "assert 2 pages == 8192"},
};

// Of src/client/not_implemented.cpp.
constexpr const char *absent_calls[] = {
    "univTime",
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
    "rtMutexRel",
};
// These answer in ways of their own.
constexpr const char *harmless_calls[] = {"mutexTry", "rtMutexTry", "threadAborted", "threadSelf", "aload"};

template <class Row, std::size_t N>
const Row *find(const Row (&table)[N], const std::string &name) {
    const Row *found = std::find_if(table, table + N, [&](const Row &row) { return name == row.name; });
    return found == table + N ? nullptr : found;
}

template <std::size_t N>
bool contains(const char *const (&words)[N], const std::string &word) {
    return std::find(words, words + N, word) != words + N;
}

}  // namespace

std::span<const Form> all_forms() {
    return forms;
}
std::span<const Statement> all_statements() {
    return statements;
}

const Form *find_form(const std::string &name) {
    return find(forms, name);
}
const Statement *find_statement(const std::string &name) {
    return find(statements, name);
}

bool is_absent(const std::string &name) {
    return contains(absent_calls, name) || contains(harmless_calls, name);
}

std::vector<std::string> absent_names() {
    std::vector<std::string> names(std::begin(absent_calls), std::end(absent_calls));
    names.insert(names.end(), std::begin(harmless_calls), std::end(harmless_calls));
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> call_names() {
    std::vector<std::string> names = absent_names();
    for (const Form &form : forms)
        names.emplace_back(form.name);
    return names;
}

std::vector<std::string> statement_names() {
    std::vector<std::string> names;
    for (const Statement &statement : statements)
        names.emplace_back(statement.name);
    return names;
}

}  // namespace chorus::sim
