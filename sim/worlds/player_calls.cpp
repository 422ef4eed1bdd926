// Each call as a program makes it.
#include <am/afexec.h>
#include <am/await.h>
#include <chorus.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <chorus/detail/wide_calls.hpp>

#include "wire/socket.hpp"
#include "worlds/absent_calls.hpp"
#include "worlds/player.hpp"

namespace chorus::sim {

namespace {

template <class T>
T *unreadable() {
    return reinterpret_cast<T *>(unreadable_address);
}

// An object in memory that cannot be written.
template <class T>
T *read_only(const T &object) {
    static void *page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    std::memcpy(page, &object, sizeof object);
    mprotect(page, 4096, PROT_READ);
    return static_cast<T *>(page);
}

template <class T>
T *pointer_to(T &object, Pointer kind) {
    switch (kind) {
        case Pointer::good:
            return &object;
        case Pointer::null:
            return nullptr;
        case Pointer::unreadable:
            return unreadable<T>();
        case Pointer::read_only:
            break;
    }
    return read_only(object);
}

// A capability argument; `cap` is what it points at.
KnCap *named(const Who &who, KnCap &cap) {
    switch (who.kind) {
        case Who::Kind::me:
            return K_MYACTOR;
        case Who::Kind::supervisor_space:
            return K_SVACTOR;
        case Who::Kind::null:
            return nullptr;
        case Who::Kind::unreadable:
            return unreadable<KnCap>();
        case Who::Kind::forged:
            cap.key.keyTail ^= 1;
            return &cap;
        case Who::Kind::nobody:
            cap.ui.uiTail = 0x7fff'ffff;
            return &cap;
        case Who::Kind::actor:
            break;
    }
    return &cap;
}

Result status(int result, std::uint64_t value = 0) {
    return Result::status(result, value);
}

// Of a call that answers -1 and errno.
Result unix_like(int result) {
    return result == -1 ? Result::of(Result::Kind::error, errno) : Result::of(Result::Kind::number, result);
}

// The calls with a KnRgnDesc, for one width of addresses.
struct Narrow {
    using Desc = KnRgnDesc;
    using Stat = KnRgnStat;
    static constexpr auto allocate = rgnAllocate, free = rgnFree, set_protect = rgnSetProtect,
                          set_inherit = rgnSetInherit, set_paging = rgnSetPaging, set_opaque = rgnSetOpaque;
    static constexpr auto map = rgnMapFromActor, copy = rgnInitFromActor;
    static constexpr auto stat = rgnStat;
};
struct Wide {
    using Desc = detail::RgnDesc;
    using Stat = detail::RgnStat;
    static constexpr auto allocate = detail::rgn_allocate, free = detail::rgn_free,
                          set_protect = detail::rgn_set_protect, set_inherit = detail::rgn_set_inherit,
                          set_paging = detail::rgn_set_paging, set_opaque = detail::rgn_set_opaque;
    static constexpr auto map = detail::rgn_map_from_actor, copy = detail::rgn_init_from_actor;
    static constexpr auto stat = detail::rgn_stat;
};

template <class Width>
Result region_call(const Operation &operation, KnCap *target, KnCap *source) {
    using Desc = typename Width::Desc;
    Desc desc{};
    desc.startAddr = static_cast<decltype(desc.startAddr)>(operation.address);
    desc.size = static_cast<decltype(desc.size)>(operation.size_bytes);
    desc.options = operation.options;
    desc.endAddr = static_cast<decltype(desc.endAddr)>(operation.end);
    desc.opaque1 = reinterpret_cast<void *>(operation.opaque1);
    desc.opaque2 = operation.opaque2;
    Desc from{};
    from.startAddr = static_cast<decltype(from.startAddr)>(operation.source_address);
    from.size = static_cast<decltype(from.size)>(operation.source_size_bytes);
    Desc *given = pointer_to(desc, operation.desc);
    static Desc of_source;  // apart from the other, which may be write-protected
    of_source = from;
    Desc *given_source = operation.source_desc == Pointer::null         ? nullptr
                         : operation.source_desc == Pointer::unreadable ? unreadable<Desc>()
                                                                        : &of_source;
    const auto placed = [&](int result) {
        return status(result, operation.desc == Pointer::good ? desc.startAddr : operation.address);
    };
    switch (operation.verb) {
        case Verb::rgnAllocate:
            return placed(Width::allocate(target, given));
        case Verb::rgnMapFromActor:
            return placed(Width::map(target, given, source, given_source));
        case Verb::rgnInitFromActor:
            return placed(Width::copy(target, given, source, given_source));
        case Verb::rgnFree:
            return status(Width::free(target, given));
        case Verb::rgnSetProtect:
            return status(Width::set_protect(target, given));
        case Verb::rgnSetInherit:
            return status(Width::set_inherit(target, given));
        case Verb::rgnSetPaging:
            return status(Width::set_paging(target, given));
        case Verb::rgnSetOpaque:
            return status(Width::set_opaque(target, given));
        default:
            break;
    }
    std::vector<typename Width::Stat> rows(operation.set ? operation.values[0] : 40'000);
    const auto room = static_cast<unsigned int>(rows.size() * sizeof rows[0]);
    typename Width::Stat nothing{};
    auto *out = operation.out == Pointer::good ? rows.data() : pointer_to(nothing, operation.out);
    const int result = Width::stat(target, given, out, room);
    if (result < 0) return status(result);
    Result listed = Result::of(Result::Kind::rows, result);
    for (std::size_t i = 0; i < rows.size() && i < static_cast<std::size_t>(result); ++i)
        listed.rows.push_back({rows[i].startAddr, rows[i].size, rows[i].options});
    return listed;
}

// Addresses of both widths go through the 64-bit calls: nothing but the width differs there.
Result memory_call(const Operation &operation, KnCap *target, KnCap *source) {
    const std::uint64_t address = operation.address, size = operation.size_bytes;
    const std::uint64_t from = operation.source_address;
    switch (operation.verb) {
        case Verb::vmCopy:
            return status(detail::vm_copy(source, from, target, address, size, operation.options));
        case Verb::vmLock:
            return status(detail::vm_lock(target, address, size, operation.options));
        case Verb::vmUnLock:
            return status(detail::vm_unlock(target, address, size, operation.options));
        case Verb::vmFree:
            return status(detail::vm_free(target, address, size, operation.options));
        case Verb::vmPhysAddr: {
            PhAddr physical = 0;
            const int result = detail::vm_phys_addr(target, address, pointer_to(physical, operation.out));
            return status(result, physical);
        }
        case Verb::vmMapToPhys:
            return status(detail::vm_map_to_phys(target, address, operation.values[0], size, operation.options),
                          address);
        case Verb::vmStat: {
            detail::VmStat stat{};
            const int result = detail::vm_stat(pointer_to(stat, operation.out));
            if (result != K_OK) return status(result);
            return Result::of_text("red " + std::to_string(stat.par.redMark) + ", orange " +
                                   std::to_string(stat.par.orangeMark) + ", green " +
                                   std::to_string(stat.par.greenMark) + ", locked " + std::to_string(stat.lockMem));
        }
        case Verb::vmSetPar: {
            detail::VmPar par{};
            par.redMark = operation.values[0];
            par.orangeMark = operation.values[1];
            par.greenMark = operation.values[2];
            return status(detail::vm_set_par(pointer_to(par, operation.desc)));
        }
        case Verb::vmPageSize:
            return Result::of(Result::Kind::number, vmPageSize());
        case Verb::svPagesAllocate: {
            if (operation.wide) {
                unsigned long start = 0;
                const int result =
                    detail::sv_pages_allocate(pointer_to(start, operation.out), size, operation.options, target);
                return status(result, start);
            }
            VmAddr start = 0;
            const int result =
                svPagesAllocate(pointer_to(start, operation.out), static_cast<VmSize>(size), operation.options, target);
            return status(result, start);
        }
        case Verb::svPagesFree:
            return status(detail::sv_pages_free(address, size));
        case Verb::svCopyIn:
            return status(
                detail::sv_copy_in(reinterpret_cast<const void *>(from), reinterpret_cast<void *>(address), size));
        case Verb::svCopyInString:
            return status(detail::sv_copy_in_string(reinterpret_cast<const char *>(from),
                                                    reinterpret_cast<char *>(address), size));
        default:
            return status(
                detail::sv_copy_out(reinterpret_cast<const void *>(from), reinterpret_cast<void *>(address), size));
    }
}

Result actor_call(const Operation &operation, KnCap *target) {
    switch (operation.verb) {
        case Verb::actorSelf: {
            KnCap self{};
            return status(actorSelf(pointer_to(self, operation.out)));
        }
        case Verb::actorPrivilege: {
            KnActorPrivilege before{};
            int wanted = static_cast<int>(operation.values[0]);  // any number, also one that the type does not have
            KnActorPrivilege *given = operation.set ? reinterpret_cast<KnActorPrivilege *>(&wanted) : nullptr;
            const int result = actorPrivilege(target, pointer_to(before, operation.out), given);
            if (result != K_OK || operation.out == Pointer::null) return status(result);
            return Result::of_text(before == K_USERACTOR ? "user" : before == K_SYSTEMACTOR ? "system" : "supervisor");
        }
        case Verb::actorName: {
            struct Name {
                char text[K_ACTORNAMEMAX];
            } before{};
            std::string name = operation.text;
            const int result = actorName(target, reinterpret_cast<char *>(pointer_to(before, operation.out)),
                                         operation.set ? name.data() : nullptr);
            if (result != K_OK || operation.out == Pointer::null) return status(result);
            return Result::of_text(before.text);
        }
        case Verb::actorStat: {
            std::vector<KnActorStat> rows(operation.set ? operation.values[0] : 100);
            KnActorStat nothing{};
            auto *out = operation.out == Pointer::good ? rows.data() : pointer_to(nothing, operation.out);
            const int result = actorStat(operation.options, out, static_cast<unsigned>(rows.size() * sizeof rows[0]));
            return result < 0 ? status(result) : Result::of(Result::Kind::number, result);
        }
        case Verb::actorDelete:
            return status(actorDelete(target));
        case Verb::actorStop:
            return status(actorStop(target));
        case Verb::actorStart:
            return status(actorStart(target));
        case Verb::actorPi: {
            KnProtId before{}, wanted{static_cast<unsigned short>(operation.values[0]),
                                      static_cast<unsigned short>(operation.values[1]),
                                      static_cast<unsigned short>(operation.values[2])};
            const int result = actorPi(target, pointer_to(before, operation.out), operation.set ? &wanted : nullptr);
            if (result != K_OK || operation.out == Pointer::null) return status(result);
            return Result::of_text(std::to_string(before.uid) + " " + std::to_string(before.gid) + " " +
                                   std::to_string(before.did));
        }
        case Verb::agetId:
            return unix_like(agetId());
        case Verb::akill: {
            const int result = akill(target);
            return result == -1 ? unix_like(result) : status(K_OK);
        }
        default: {
            cx_cred_t before{}, wanted{};
            wanted.cr_uid = static_cast<uid_t>(operation.values[0]);
            wanted.cr_gid = static_cast<gid_t>(operation.values[1]);
            const int result = acred(target, pointer_to(before, operation.out), operation.set ? &wanted : nullptr);
            if (result == -1) return unix_like(result);
            if (operation.out == Pointer::null) return status(K_OK);
            return Result::of_text(std::to_string(before.cr_uid) + " " + std::to_string(before.cr_gid));
        }
    }
}

std::string own_program() {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    return length < 0 ? "" : std::string(path, static_cast<std::size_t>(length));
}

Hello hello_from(const wire::Descriptor &socket) {
    Hello hello{};
    for (;;) {
        const wire::Received got = wire::receive(socket.get(), &hello, sizeof hello, wire::Blocking::yes);
        if (got.what == wire::Received::What::failed && errno == EINTR) continue;
        return got.size_bytes == sizeof hello ? hello : Hello{};
    }
}

// Starts this program again, as an actor of its own.
Answered execute(const Operation &operation) {
    auto [ours, childs] = wire::socket_pair();
    fcntl(childs.get(), F_SETFD, 0);
    const std::string path = own_program(), socket = std::to_string(childs.get());
    std::string name = operation.text;
    char *arguments[] = {const_cast<char *>(path.c_str()), const_cast<char *>(socket.c_str()), name.data(), nullptr};
    AcParam param{};
    param.acFlags = static_cast<int>(operation.options);
    KnCap capability{};
    const int aid = afexecv(path.c_str(), &capability, &param, arguments);
    const int error = errno;
    childs.reset();
    if (aid == -1) return {.result = Result::of(Result::Kind::error, error)};
    Hello made = hello_from(ours);
    return {.result = Result::of(Result::Kind::number, aid), .made = made, .socket = std::move(ours)};
}

Answered copy_process(const Operation &operation, wire::Descriptor &socket) {
    auto [ours, childs] = wire::socket_pair();
    const pid_t pid = ::fork();
    if (pid < 0) return {.result = Result::of(Result::Kind::error, errno)};
    if (pid == 0) {
        ours.reset();
        socket.reset();
        const Hello hello = introduce(operation.text.c_str());
        wire::send(childs.get(), &hello, sizeof hello);
        serve(std::move(childs));
    }
    childs.reset();
    const Hello made = hello_from(ours);
    return {.result = Result::of(Result::Kind::number, made.aid), .made = made, .socket = std::move(ours)};
}

Answered make_actor(const Operation &operation, KnCap *target) {
    KnCap made{};
    int result = 0;
    switch (operation.verb) {
        case Verb::actorCreate:
            result =
                actorCreate(target, pointer_to(made, operation.out), static_cast<KnActorPrivilege>(operation.values[0]),
                            static_cast<KnActorStatus>(operation.values[1]));
            if (result != K_OK) return {.result = status(result)};
            break;
        case Verb::acreate: {
            AcParam param{};
            param.acFlags = static_cast<int>(operation.options);
            result = acreate(pointer_to(made, operation.out), &param);
            break;
        }
        default:
            result = acap(static_cast<int>(operation.values[0]), pointer_to(made, operation.out));
            break;
    }
    if (result == -1) return {.result = unix_like(result)};
    const Hello hello{.pid = 0, .aid = static_cast<std::int32_t>(made.ui.uiTail), .capability = made};
    return {.result = operation.verb == Verb::actorCreate ? status(result) : unix_like(result), .made = hello};
}

Result wait_for(const Operation &operation, KnCap *target) {
    int how = 0;
    const int result =
        operation.verb == Verb::await ? await(static_cast<int>(operation.values[0]), &how) : awaits(target, &how);
    if (result == -1) return unix_like(result);
    return Result::of_text(IS_EXIT_EVT(how) ? "exit " + std::to_string(GET_EXIT_EVT(how))
                                            : "kill " + std::to_string(GET_KILL_EVT(how)));
}

Result semaphore_call(const Operation &operation) {
    auto *sem = reinterpret_cast<KnSem *>(operation.address);
    if (operation.verb == Verb::semInit) return status(semInit(sem, static_cast<unsigned>(operation.values[0])));
    if (operation.verb == Verb::semV) return status(semV(sem));
    begin_time();
    KnTimeVal interval{operation.limit_s, operation.limit_ns};
    KnTimeVal *limit = operation.limit == Limit::forever      ? K_NOTIMEOUT
                       : operation.limit == Limit::not_at_all ? K_NOBLOCK
                       : operation.limit == Limit::interval   ? &interval
                                                              : unreadable<KnTimeVal>();
    return status(semP(sem, limit));
}

Result write(const Operation &operation) {
    const std::string bytes = bytes_to_write(operation);
    return touch(reinterpret_cast<char *>(operation.address), bytes.data(), bytes.size())
               ? status(K_OK)
               : Result::of(Result::Kind::fault);
}

template <class Number>
Result read_number(std::uint64_t address) {
    Number number = 0;
    if (!touch(reinterpret_cast<char *>(&number), reinterpret_cast<const char *>(address), sizeof number))
        return Result::of(Result::Kind::fault);
    const auto wide = static_cast<std::int64_t>(number);
    return Result::of(Result::Kind::number, wide, static_cast<std::uint64_t>(wide));
}

Result read(const Operation &operation) {
    std::uint64_t address = operation.address, size = operation.size_bytes;
    switch (operation.type) {
        case Type::int64:
            return read_number<std::int64_t>(address);
        case Type::int32:
            return read_number<std::int32_t>(address);
        case Type::int8:
            return read_number<unsigned char>(address);
        case Type::value: {
            const Result length = read_number<std::uint32_t>(address);
            if (length.kind == Result::Kind::fault) return length;
            address += sizeof(std::uint32_t);
            size = length.value;
            break;
        }
        default:
            break;
    }
    std::string bytes(std::min(size, read_max), '\0');
    if (!touch(bytes.data(), reinterpret_cast<const char *>(address), bytes.size()))
        return Result::of(Result::Kind::fault);
    return Result::of_text(bytes);
}

// A call that is not in this version looks at no argument.
Result absent(const std::string &name) {
    using Call = int (*)(void *, void *, void *, void *, void *, void *);
    void *found = dlsym(RTLD_DEFAULT, name.c_str());
    if (found == nullptr) return Result::of_text("there is no " + name);
    return answer_of_absent(name, reinterpret_cast<Call>(found)(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
}

}  // namespace

Answered answer(const Operation &operation, const Question &question, wire::Descriptor &socket) {
    KnCap of_target = question.target, of_source = question.source;
    KnCap *target = named(operation.target, of_target), *source = named(operation.source, of_source);
    const Verb verb = operation.verb;
    if (verb <= Verb::rgnStat && verb != Verb::rgnDup)
        return {.result = operation.wide ? region_call<Wide>(operation, target, source)
                                         : region_call<Narrow>(operation, target, source)};
    if (verb == Verb::rgnDup) return {.result = status(rgnDup(target, source, operation.options))};
    if (verb <= Verb::svCopyOut) return {.result = memory_call(operation, target, source)};
    switch (verb) {
        case Verb::actorCreate:
        case Verb::acreate:
        case Verb::acap:
            return make_actor(operation, target);
        case Verb::afexec:
            return execute(operation);
        case Verb::fork:
            return copy_process(operation, socket);
        case Verb::await:
        case Verb::awaits:
            return {.result = wait_for(operation, target)};
        case Verb::semInit:
        case Verb::semP:
        case Verb::semV:
            return {.result = semaphore_call(operation)};
        case Verb::absent:
            return {.result = absent(operation.text)};
        case Verb::read:
            return {.result = read(operation)};
        case Verb::write:
        case Verb::fill:
            return {.result = write(operation)};
        case Verb::exit:
            _exit(static_cast<int>(operation.values[0]));
        default:
            return {.result = actor_call(operation, target)};
    }
}

}  // namespace chorus::sim
