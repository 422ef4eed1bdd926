// The calls that change regions.
#include "puppet.hpp"

namespace puppet {

namespace {

// With `stat_all`, opaque1 too.
std::string region_stat(Arguments &arguments, Words &words, bool all) {
    KnCap *cap = arguments.cap(words);
    KnRgnDesc *desc = arguments.desc(words);
    const std::string room = word(words);
    std::vector<KnRgnStat> rows(room == "bad" ? 1 : number(room));
    KnRgnStat *stat = room == "bad" ? unmapped<KnRgnStat>() : rows.data();
    const int result = rgnStat(cap, desc, stat, static_cast<unsigned>(rows.size() * sizeof *stat));
    std::string reply = std::to_string(result);
    for (int i = 0; room != "bad" && i < result && i < static_cast<int>(rows.size()); ++i)
        reply += " " + hex(rows[i].startAddr) + "," + hex(rows[i].size) + "," + hex(rows[i].options) + "," +
                 std::to_string(rows[i].opaque2) +
                 (all ? "," + hex(reinterpret_cast<unsigned long>(rows[i].opaque1)) : "");
    return reply;
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

using OnRange = int (*)(KnCap *, KnRgnDesc *);
std::string on_range(OnRange call, Arguments &arguments, Words &words) {
    KnCap *cap = arguments.cap(words);
    return std::to_string(call(cap, arguments.desc(words)));
}

using FromActor = int (*)(KnCap *, KnRgnDesc *, KnCap *, KnRgnDesc *);
std::string from_actor(FromActor call, Arguments &arguments, Words &words) {
    KnCap *target = arguments.cap(words);
    KnRgnDesc *desc = arguments.desc(words);
    KnCap *source = arguments.cap(words);
    const int result = call(target, desc, source, arguments.desc(words));
    return std::to_string(result) + " " + start_of(desc);
}

}  // namespace

std::optional<std::string> region_answer(const std::string &call, Words &words) {
    Arguments arguments;
    if (call == "allocate") {
        KnCap *cap = arguments.cap(words);
        KnRgnDesc *desc = arguments.desc(words);
        const int result = rgnAllocate(cap, desc);
        return std::to_string(result) + " " + start_of(desc);
    }
    if (call == "free") return on_range(rgnFree, arguments, words);
    if (call == "set_protect") return on_range(rgnSetProtect, arguments, words);
    if (call == "set_inherit") return on_range(rgnSetInherit, arguments, words);
    if (call == "set_paging") return on_range(rgnSetPaging, arguments, words);
    if (call == "set_opaque") return on_range(rgnSetOpaque, arguments, words);
    if (call == "map") return from_actor(rgnMapFromActor, arguments, words);
    if (call == "init") return from_actor(rgnInitFromActor, arguments, words);
    if (call == "dup") {
        KnCap *target = arguments.cap(words), *source = arguments.cap(words);
        return std::to_string(rgnDup(target, source, static_cast<VmFlags>(number(words))));
    }
    if (call == "stat") return region_stat(arguments, words, false);
    if (call == "stat_all") return region_stat(arguments, words, true);
    if (call == "riddle") return riddle(words);
    return std::nullopt;
}

}  // namespace puppet
