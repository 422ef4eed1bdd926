#include "client/follow.hpp"

#include <mem/chMem.h>

#include "client/user_memory.hpp"

namespace chorus::client {

namespace {

int install(const Mapping &mapping) {
    const wire::Region &region = mapping.region;
    const auto access = (region.options & K_WRITABLE) != 0 ? memory::Access::read_write : memory::Access::read_only;
    const auto execution = (region.options & K_EXECUTABLE) != 0 ? memory::Execution::allowed : memory::Execution::never;
    if (!mapping.descriptor) return K_ENOMEM;  // no room for another descriptor in this process
    return memory::map_segment({region.start, region.size_bytes}, mapping.descriptor.get(), mapping.offset, access,
                               execution);
}

}  // namespace

int Follower::map(const memory::Span &span, const Mapping &first, const Fetch &fetch) const {
    const std::uint64_t end = span.start + span.size_bytes;
    std::uint64_t reached = span.start;
    int status = K_OK;
    if (first.descriptor) {
        status = install(first);
        reached = first.end();
    }
    while (status == K_OK && reached < end) {
        Mapping next;
        status = fetch({reached, end - reached}, next);
        if (status == K_EADDR) return K_OK;
        if (status == K_OK) status = install(next);
        reached = next.end();
    }
    if (status == K_OK) return K_OK;
    unmap(span);
    return K_ENOMEM;
}

int Follower::renew(const memory::Span &span, const Fetch &fetch) const {
    const std::uint64_t end = span.start + span.size_bytes;
    for (std::uint64_t reached = span.start; reached < end;) {
        Mapping mapping;
        const int status = fetch({reached, end - reached}, mapping);
        if (status == K_EADDR) return unmap({reached, end - reached});
        if (status != K_OK) return status;
        if (mapping.region.start > reached)
            if (const int failed = unmap({reached, mapping.region.start - reached}); failed != K_OK) return failed;
        if (const int failed = install(mapping); failed != K_OK) return failed;
        reached = mapping.end();
    }
    forget_writable();
    return K_OK;
}

int Follower::unmap(const memory::Span &span) const {
    int status = K_OK;
    memory::for_each_without(span, taken_, [&](const memory::Span &part) {
        if (const int failed = memory::restore_reservation(part); failed != K_OK) status = failed;
    });
    forget_writable();
    return status;
}

bool Follower::prepare(const memory::Span &span) const {
    bool all = true;
    memory::for_each_without(span, taken_, [&](const memory::Span &part) { all = all && memory::split_at_ends(part); });
    if (!all) unprepare(span);
    return all;
}

void Follower::unprepare(const memory::Span &span) const {
    memory::for_each_without(span, taken_, [](const memory::Span &part) { memory::join_at_ends(part); });
}

}  // namespace chorus::client
