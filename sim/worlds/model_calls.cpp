// What actors do in the model world: each call as the library makes it, from the look at its pointers on.
#include <chorus.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "client/spawn.hpp"
#include "worlds/absent_calls.hpp"
#include "worlds/model.hpp"

namespace chorus::sim {

namespace {

namespace call = kernel::call;

// Those that answer -1 and errno.
bool unix_like(Verb verb) {
    switch (verb) {
        case Verb::agetId:
        case Verb::acap:
        case Verb::akill:
        case Verb::acreate:
        case Verb::acred:
        case Verb::afexec:
        case Verb::await:
        case Verb::awaits:
            return true;
        default:
            return false;
    }
}

bool unusable(const Who &who) {
    return who.kind == Who::Kind::null || who.kind == Who::Kind::unreadable;
}

bool unreadable(Pointer pointer) {
    return pointer == Pointer::null || pointer == Pointer::unreadable;
}

std::uint64_t whole_pages(std::uint64_t size_bytes) {
    return (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
}

Result refused(const Operation &operation, kernel::Status status) {
    const auto number = static_cast<std::int32_t>(status);
    return unix_like(operation.verb) ? Result::of(Result::Kind::error, client::errno_of(number))
                                     : Result::status(number);
}

call::Attribute attribute_of(Verb verb) {
    switch (verb) {
        case Verb::rgnSetProtect:
            return call::Attribute::protection;
        case Verb::rgnSetInherit:
            return call::Attribute::inheritance;
        case Verb::rgnSetPaging:
            return call::Attribute::paging;
        default:
            return call::Attribute::opaque;
    }
}

}  // namespace

Result Model::act(const Operation &operation) {
    Person &who = person(operation.actor);
    if (operation.verb >= Verb::semInit && operation.verb <= Verb::exit) return touch(who, operation);
    if (operation.verb == Verb::vmPageSize) return Result::of(Result::Kind::number, page_bytes);
    if (auto bad = bad_pointers(operation)) return std::move(*bad);
    if (operation.verb == Verb::svCopyIn || operation.verb == Verb::svCopyInString || operation.verb == Verb::svCopyOut)
        return copy_of_supervisor(who, operation);
    // What a process may do it knows by itself.
    const bool of_space = operation.target.kind == Who::Kind::supervisor_space;
    if (operation.verb == Verb::svPagesFree || (operation.verb == Verb::svPagesAllocate && of_space)) {
        if (!supervisor(who)) return Result::status(K_EPRIV);
        if ((operation.options & ~(K_WRITABLE | K_NODEMAND | K_NOWAITFORMEMORY)) != 0) return Result::status(K_EINVAL);
    }
    if (!kernel_alive_ && operation.verb != Verb::await && operation.verb != Verb::awaits) {
        // Who it is a process knows by itself.
        if (operation.verb == Verb::actorSelf) return Result::status(K_OK);
        if (operation.verb == Verb::agetId) return Result::of(Result::Kind::number, static_cast<std::int64_t>(*who.id));
        return unix_like(operation.verb) ? Result::of(Result::Kind::error, EIO) : Result::status(K_EFAIL);
    }
    switch (operation.verb) {
        case Verb::actorSelf:
            return Result::status(K_OK);
        case Verb::agetId:
            return Result::of(Result::Kind::number, static_cast<std::int64_t>(*who.id));
        case Verb::svPagesAllocate:
        case Verb::svPagesFree:
            return pages_of_supervisor(who, operation);
        case Verb::afexec:
        case Verb::actorCreate:
        case Verb::acreate:
        case Verb::acap:
            return make_actor(operation);
        case Verb::await:
        case Verb::awaits:
            return await(who, operation);
        default:
            return call(who, operation, *kernel_call(operation));
    }
}

// The first rung of every call.
std::optional<Result> Model::bad_pointers(const Operation &operation) const {
    const Result fault = unix_like(operation.verb) ? Result::of(Result::Kind::error, EFAULT) : Result::status(K_EFAULT);
    if (operation.verb == Verb::awaits && operation.target.kind == Who::Kind::me)
        return Result::of(Result::Kind::error, ESRCH);
    if (unusable(operation.target) || unusable(operation.source)) return fault;
    const bool places = operation.verb == Verb::rgnAllocate || operation.verb == Verb::rgnMapFromActor ||
                        operation.verb == Verb::rgnInitFromActor;
    const bool written = places && (operation.options & (K_ANYWHERE | K_RESTRICTIVE)) != 0;
    if (unreadable(operation.desc) || (written && operation.desc == Pointer::read_only)) return fault;
    if (unreadable(operation.source_desc)) return fault;
    switch (operation.verb) {
        case Verb::actorPrivilege:
        case Verb::actorName:
        case Verb::actorPi:
        case Verb::acred:
            if (operation.out == Pointer::null) return std::nullopt;  // not asked for
            break;
        default:
            break;
    }
    const bool no_room = (operation.verb == Verb::rgnStat || operation.verb == Verb::actorStat) && operation.set &&
                         operation.values[0] == 0;
    if (operation.out != Pointer::good && !no_room) return fault;
    return std::nullopt;
}

kernel::ActorRef Model::reference(const Who &who) const {
    switch (who.kind) {
        case Who::Kind::supervisor_space:
            return {kernel::ActorRef::Kind::supervisor_space, {}};
        case Who::Kind::actor:
            return {kernel::ActorRef::Kind::capability, person(who.actor).capability};
        case Who::Kind::forged: {
            kernel::Capability forged = person(who.actor).capability;
            forged.key ^= 1;
            return {kernel::ActorRef::Kind::capability, forged};
        }
        case Who::Kind::nobody:
            return {kernel::ActorRef::Kind::capability, {state_.unique_id(kernel::ActorId{0x7fff'ffff}), 1}};
        default:
            return {};
    }
}

kernel::RegionRequest Model::region_of(const Operation &operation) const {
    return {.range = {operation.address, operation.size_bytes},
            .end = operation.end,
            .options = operation.options,
            .opaque2 = operation.opaque2,
            .opaque1 = operation.opaque1,
            .width = operation.wide ? kernel::AddressWidth::bits_64 : kernel::AddressWidth::bits_32};
}

std::optional<kernel::Call> Model::kernel_call(const Operation &operation) const {
    const kernel::ActorRef target = reference(operation.target), source = reference(operation.source);
    const kernel::Range range{operation.address, operation.size_bytes};
    const kernel::Range source_range{operation.source_address, operation.source_size_bytes};
    switch (operation.verb) {
        case Verb::rgnAllocate:
            return call::AllocateRegion{target, region_of(operation)};
        case Verb::rgnFree:
            return call::FreeRegions{target, range, operation.options};
        case Verb::rgnMapFromActor:
            return call::MapFromActor{target, region_of(operation), source, source_range};
        case Verb::rgnInitFromActor:
            return call::CopyFromActor{target, region_of(operation), source, source_range};
        case Verb::rgnDup:
            return call::DuplicateRegions{target, source, operation.options};
        case Verb::rgnSetProtect:
        case Verb::rgnSetInherit:
        case Verb::rgnSetPaging:
        case Verb::rgnSetOpaque:
            return call::SetAttribute{attribute_of(operation.verb), target, region_of(operation)};
        case Verb::rgnStat:
            return call::ListRegions{target, range, operation.options};
        case Verb::vmCopy:
            return call::CopyMemory{
                source, operation.source_address, target, operation.address, operation.size_bytes, operation.options};
        case Verb::vmLock:
            return call::LockMemory{target, range, operation.options};
        case Verb::vmUnLock:
            return call::UnlockMemory{target, range, operation.options};
        case Verb::vmFree:
            return call::DiscardMemory{target, range, operation.options};
        case Verb::vmPhysAddr:
            return call::FindPhysical{target, operation.address};
        case Verb::vmMapToPhys:
            return call::MapPhysical{target, region_of(operation), operation.values[0]};
        case Verb::vmStat:
            return call::InspectMemory{};
        case Verb::vmSetPar:
            return call::SetMarks{{operation.values[0], operation.values[1], operation.values[2]}};
        case Verb::actorPrivilege:
            return call::ActorPrivilege{
                target, operation.set ? std::optional(static_cast<std::uint32_t>(operation.values[0])) : std::nullopt};
        case Verb::actorName:
            return call::ActorName{
                target, operation.set ? std::optional(operation.text.substr(0, K_ACTORNAMEMAX - 1)) : std::nullopt};
        case Verb::actorStat:
            return call::ListActors{operation.options};
        case Verb::actorDelete:
            return call::DeleteActor{target};
        case Verb::actorStop:
            return call::StopActor{target, true};
        case Verb::actorStart:
            return call::StopActor{target, false};
        case Verb::actorPi: {
            kernel::ProtectionId id{static_cast<std::uint16_t>(operation.values[0]),
                                    static_cast<std::uint16_t>(operation.values[1]),
                                    static_cast<std::uint16_t>(operation.values[2])};
            return call::ActorProtection{target, operation.set ? std::optional(id) : std::nullopt};
        }
        case Verb::akill:
            return call::KillActor{target};
        case Verb::acred: {
            kernel::Credentials credentials{.uid = static_cast<std::uint32_t>(operation.values[0]),
                                            .gid = static_cast<std::uint32_t>(operation.values[1])};
            return call::ActorCredentials{target, operation.set ? std::optional(credentials) : std::nullopt};
        }
        default:
            return std::nullopt;
    }
}

// What the library does with the reply.
Result Model::finish(Person &who, const Operation &operation, const kernel::Outcome &outcome) {
    if (outcome.status != kernel::Status::ok) return refused(operation, outcome.status);
    const bool maps = outcome.turn != 0;
    switch (operation.verb) {
        case Verb::rgnAllocate:
        case Verb::rgnMapFromActor:
        case Verb::rgnInitFromActor:
        case Verb::vmMapToPhys:
        case Verb::svPagesAllocate:
            if (maps) bring_in_line(who, {outcome.mapping->range.start, whole_pages(operation.size_bytes)});
            return Result::status(K_OK, outcome.mapping->range.start);
        case Verb::rgnFree:
        case Verb::svPagesFree:
            if (!maps) break;
            if ((operation.options & K_FREEALL) != 0)
                for (const kernel::Range &window : state_.config.user_windows())
                    bring_in_line(who, window);
            else
                bring_in_line(who, {operation.address, whole_pages(operation.size_bytes)});
            break;
        case Verb::rgnSetProtect:
            if (maps) bring_in_line(who, {operation.address, whole_pages(operation.size_bytes)});
            break;
        case Verb::fork:
        case Verb::afexec:
        case Verb::actorCreate:
        case Verb::acreate:
        case Verb::acap:
            return made_actor(who, operation, outcome);
        case Verb::rgnStat:
        case Verb::actorStat:
            return list(operation, outcome);
        case Verb::vmPhysAddr:
            return Result::status(K_OK, outcome.physical);
        case Verb::vmStat:
            return Result::of_text(
                "red " + std::to_string(outcome.marks->red) + ", orange " + std::to_string(outcome.marks->orange) +
                ", green " + std::to_string(outcome.marks->green) + ", locked " + std::to_string(outcome.locked_bytes));
        case Verb::actorPrivilege: {
            if (operation.out == Pointer::null) break;
            constexpr const char *names[] = {"user", "system", "supervisor"};
            return Result::of_text(names[static_cast<std::size_t>(outcome.privilege)]);
        }
        case Verb::actorName:
            if (operation.out == Pointer::null) break;
            return Result::of_text(outcome.name);
        case Verb::actorPi:
            if (operation.out == Pointer::null) break;
            return Result::of_text(std::to_string(outcome.protection.uid) + " " +
                                   std::to_string(outcome.protection.gid) + " " +
                                   std::to_string(outcome.protection.did));
        case Verb::acred: {
            if (operation.out == Pointer::null) break;
            // Of the process of whom it asks about, where nothing is recorded.
            const int target = outcome.credentials_of ? actor_with(*outcome.credentials_of) : -1;
            const std::uint32_t uid = target < 0 ? 0 : person(target).uid;
            const kernel::Credentials credentials =
                outcome.credentials.value_or(kernel::Credentials{.uid = uid, .gid = group_of(uid)});
            return Result::of_text(std::to_string(credentials.uid) + " " + std::to_string(credentials.gid));
        }
        default:
            break;
    }
    return Result::status(K_OK);
}

Result Model::list(const Operation &operation, const kernel::Outcome &outcome) const {
    if (outcome.actors) return Result::of(Result::Kind::number, static_cast<std::int64_t>(outcome.actors->size()));
    Result result = Result::of(Result::Kind::rows, static_cast<std::int64_t>(outcome.regions->size()));
    const std::size_t room = operation.set ? operation.values[0] : outcome.regions->size();
    for (const kernel::RegionRow &row : *outcome.regions) {
        if (result.rows.size() == room) break;
        result.rows.push_back({row.region.range.start, row.region.range.size_bytes, row.region.options});
    }
    return result;
}

Result Model::pages_of_supervisor(Person &who, const Operation &operation) {
    const bool of_space = operation.verb == Verb::svPagesFree || operation.target.kind == Who::Kind::supervisor_space;
    if (!of_space) {
        const Served question = serve(caller_of(who), call::ActorPrivilege{reference(operation.target), {}});
        if (question.outcome->status != kernel::Status::ok) return refused(operation, question.outcome->status);
    }
    if (!supervisor(who)) return Result::status(K_EPRIV);
    const kernel::ActorRef space{kernel::ActorRef::Kind::supervisor_space, {}};
    if (operation.verb == Verb::svPagesFree)
        return call(who, operation, call::FreeRegions{space, {operation.address, operation.size_bytes}, 0});
    if ((operation.options & ~(K_WRITABLE | K_NODEMAND | K_NOWAITFORMEMORY)) != 0) return Result::status(K_EINVAL);
    kernel::RegionRequest region = region_of(operation);
    region.options |= K_WRITABLE | K_ANYWHERE;
    return call(who, operation, call::AllocateRegion{space, region});
}

// All three copy within the caller's own memory.
Result Model::copy_of_supervisor(Person &who, const Operation &operation) {
    const std::uint64_t from = operation.source_address, to = operation.address, size = operation.size_bytes;
    if (operation.verb != Verb::svCopyInString) {
        if (!who.maps.may(Maps::Access::read, from, size) || !who.maps.may(Maps::Access::write, to, size))
            return Result::status(K_EFAULT);
        if (!supervisor(who)) return Result::status(K_EPRIV);
        std::string bytes;
        who.maps.read(segments_, from, size, bytes);
        who.maps.write(segments_, to, bytes);
        return Result::status(K_OK);
    }
    std::string text;
    bool ends = false;
    while (text.size() < size && !ends) {
        std::string byte;
        if (!who.maps.read(segments_, from + text.size(), 1, byte)) return Result::status(K_EFAULT);
        ends = byte[0] == '\0';
        text += byte;
    }
    if (!who.maps.may(Maps::Access::write, to, size)) return Result::status(K_EFAULT);
    if (!supervisor(who)) return Result::status(K_EPRIV);
    if (!ends) return Result::status(K_ENOMEM);
    who.maps.write(segments_, to, text);
    return Result::status(K_OK);
}

Result Model::make_actor(const Operation &operation) {
    Person &who = person(operation.actor);
    if (operation.made >= 0 && person(operation.made).alive && person(operation.made).process)
        return Result::cannot(person(operation.made).name + " is still there");
    kernel::Call wanted;
    switch (operation.verb) {
        case Verb::afexec:
            wanted = call::Spawn{operation.made < 0 ? "" : person(operation.made).name, operation.options};
            break;
        case Verb::actorCreate:
            wanted = call::CreateActor{reference(operation.target), static_cast<std::uint32_t>(operation.values[0]),
                                       static_cast<std::uint32_t>(operation.values[1])};
            break;
        case Verb::acreate:
            wanted = call::CreateByFlags{operation.options};
            break;
        case Verb::fork:
            wanted = call::Fork{};
            break;
        default:
            wanted =
                call::FindCapability{static_cast<kernel::ActorId>(static_cast<std::uint32_t>(operation.values[0]))};
            break;
    }
    return call(who, operation, std::move(wanted));
}

Result Model::made_actor(Person &who, const Operation &operation, const kernel::Outcome &outcome) {
    const auto aid = static_cast<std::int64_t>(outcome.actor);
    if (operation.made >= 0) {
        Person &made = person(operation.made);
        Person fresh;
        fresh.name = made.name;
        made = std::move(fresh);
        made.id = outcome.actor;
        made.capability = *outcome.capability;
        made.uid = who.uid;
        made.alive = true;
        if (operation.verb != Verb::acap) {
            by_id_.resize(std::max(by_id_.size(), static_cast<std::size_t>(outcome.actor) + 1), -1);
            by_id_[static_cast<std::size_t>(outcome.actor)] = operation.made;
        }
        made.process = operation.verb == Verb::afexec || operation.verb == Verb::fork;
        if (made.process) {
            if (operation.verb == Verb::afexec) made.parent = operation.actor;
            if (operation.verb == Verb::fork) made.maps = who.maps;
            serve(caller_of(made), call::Begin{});
            if (operation.verb == Verb::fork) serve(caller_of(made), call::ActorName{{}, made.name});
            for (const kernel::Range &window : state_.config.user_windows())
                if (!supervisor(made)) bring_in_line(made, window);
            if (supervisor(made)) bring_in_line(made, state_.config.supervisor_window);
        }
    }
    if (operation.verb == Verb::actorCreate) return Result::status(K_OK);
    if (operation.verb == Verb::acap || operation.verb == Verb::acreate) return Result::of(Result::Kind::number, 0);
    return Result::of(Result::Kind::number, aid);
}

Result Model::await(Person &who, const Operation &operation) {
    int child = -1;
    if (operation.verb == Verb::awaits) {
        const bool named = operation.target.kind == Who::Kind::actor || operation.target.kind == Who::Kind::forged;
        if (named && person(operation.target.actor).id) child = actor_with(*person(operation.target.actor).id);
    } else {
        child = actor_with(static_cast<kernel::ActorId>(static_cast<std::uint32_t>(operation.values[0])));
    }
    if (child < 0 || person(child).parent != operation.actor) return Result::of(Result::Kind::error, ESRCH);
    if (operation.target.kind == Who::Kind::forged) return Result::of(Result::Kind::error, EINVAL);
    Person &ended = person(child);
    if (ended.end) {
        ended.parent = -1;
        // Why a process was killed the kernel knows.
        const bool by_call = *ended.end == "kill 128" || *ended.end == "kill 129";
        return Result::of_text(!kernel_alive_ && by_call ? "kill 9" : *ended.end);
    }
    who.waits = Waits::child;
    who.pending = operation;
    who.pending.made = static_cast<std::int16_t>(child);
    return Result::of(Result::Kind::blocked);
}

// What needs no kernel.
Result Model::touch(Person &who, const Operation &operation) {
    switch (operation.verb) {
        case Verb::semInit:
        case Verb::semV:
            return give(who, operation);
        case Verb::semP:
            return take(who, operation);
        case Verb::absent:
            return answer_of_absent(operation.text, operation.text == "aload"        ? -1
                                                    : operation.text == "threadSelf" ? 1
                                                    : answers_zero(operation.text)   ? 0
                                                                                     : K_ENOTIMP);
        case Verb::fork:
            if (!kernel_alive_) return Result::cannot("no kernel makes an actor of the child");
            return make_actor(operation);
        case Verb::exit:
            die(operation.actor, "exit " + std::to_string(operation.values[0] & 0xff));
            return Result::of(Result::Kind::ended);
        case Verb::write:
        case Verb::fill:
            return who.maps.write(segments_, operation.address, bytes_to_write(operation))
                       ? Result::status(K_OK)
                       : Result::of(Result::Kind::fault);
        default:
            break;
    }
    std::string bytes;
    const auto read = [&](std::uint64_t address, std::uint64_t size_bytes) {
        return who.maps.read(segments_, address, size_bytes, bytes);
    };
    const Result fault = Result::of(Result::Kind::fault);
    switch (operation.type) {
        case Type::int64: {
            std::int64_t number = 0;
            if (!read(operation.address, sizeof number)) return fault;
            std::memcpy(&number, bytes.data(), sizeof number);
            return Result::of(Result::Kind::number, number, static_cast<std::uint64_t>(number));
        }
        case Type::int32: {
            std::int32_t number = 0;
            if (!read(operation.address, sizeof number)) return fault;
            std::memcpy(&number, bytes.data(), sizeof number);
            return Result::of(Result::Kind::number, number, static_cast<std::uint64_t>(std::int64_t{number}));
        }
        case Type::int8:
            if (!read(operation.address, 1)) return fault;
            return Result::of(Result::Kind::number, static_cast<unsigned char>(bytes[0]),
                              static_cast<unsigned char>(bytes[0]));
        case Type::value: {
            std::uint32_t length = 0;
            if (!read(operation.address, sizeof length)) return fault;
            std::memcpy(&length, bytes.data(), sizeof length);
            if (!read(operation.address + sizeof length, std::min<std::uint64_t>(length, read_max))) return fault;
            return Result::of_text(bytes);
        }
        default:
            if (!read(operation.address, operation.size_bytes)) return fault;
            return Result::of_text(bytes);
    }
}

}  // namespace chorus::sim
