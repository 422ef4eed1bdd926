// The calls of the pure kernel, in a small and in a large site.
#include <memory>

#include "instructions/counted.hpp"
#include "instructions/site.hpp"

namespace chorus::test {

using namespace kernel;

namespace {

constexpr ActorRef self{};

RegionRequest anywhere(std::uint64_t size_bytes) {
    return {.range = {0, size_bytes}, .options = option::writable | option::anywhere};
}

Range middle_page(const Range &region) {
    return {region.start + page_bytes, page_bytes};
}

call::SetAttribute protect(const Range &range, std::uint32_t options) {
    return {call::Attribute::protection, self, {.range = range, .options = options}};
}

void allocate(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Outcome made = site.counted(caller, call::AllocateRegion{self, anywhere(page_bytes)});
    site.uncounted(caller, call::FreeRegions{self, made.mapping->range});
}

void free(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Outcome made = site.uncounted(caller, call::AllocateRegion{self, anywhere(page_bytes)});
    site.counted(caller, call::FreeRegions{self, made.mapping->range});
}

void map_own(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Range source = site.any_region();
    const Outcome made = site.counted(caller, call::MapFromActor{self, anywhere(source.size_bytes), self, source});
    site.uncounted(caller, call::FreeRegions{self, made.mapping->range});
}

void map_other(Site &site) {
    const auto [caller, other] = site.any_neighbours();
    const Range source = site.any_region();
    const Outcome made =
        site.counted(caller, call::MapFromActor{self, anywhere(source.size_bytes), site.reference(other), source});
    site.uncounted(caller, call::FreeRegions{self, made.mapping->range});
}

void map_into_other(Site &site) {
    const auto [caller, other] = site.any_neighbours();
    const Range source = site.any_region();
    const Outcome made =
        site.counted(caller, call::MapFromActor{site.reference(other), anywhere(source.size_bytes), self, source});
    site.uncounted(caller, call::FreeRegions{site.reference(other), made.mapping->range});
}

void copy_other(Site &site) {
    const auto [caller, other] = site.any_neighbours();
    const Range source = site.any_region();
    const Outcome made =
        site.counted(caller, call::CopyFromActor{self, anywhere(source.size_bytes), site.reference(other), source});
    site.uncounted(caller, call::FreeRegions{self, made.mapping->range});
}

// The middle page of three becomes a region of its own. The caller's process follows: its claim and its acknowledgement
// are counted, too.
void split(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Range page = middle_page(site.any_region());
    site.counted(caller, protect(page, 0));
    site.uncounted(caller, protect(page, option::writable));
}

void merge(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Range page = middle_page(site.any_region());
    site.uncounted(caller, protect(page, 0));
    site.counted(caller, protect(page, option::writable));
}

void find_mapping(Site &site) {
    site.counted(site.any_neighbours().one, call::FindMapping{site.any_region()});
}

void stat_region(Site &site) {
    site.counted(site.any_neighbours().one, call::ListRegions{self, middle_page(site.any_region())});
}

void stat_all_regions(Site &site) {
    site.counted(site.any_neighbours().one, call::ListRegions{self, site.all_regions()});
}

void read_privilege(Site &site) {
    const auto [caller, other] = site.any_neighbours();
    site.counted(caller, call::ActorPrivilege{site.reference(other), {}});
}

// To what it is already.
void set_privilege(Site &site) {
    const Caller target = site.any_neighbours().one;
    site.counted(site.trusted(), call::ActorPrivilege{site.reference(target), 0});
}

void create_actor(Site &site) {
    const auto [caller, model] = site.any_neighbours();
    const Outcome made = site.counted(caller, call::CreateActor{site.reference(model)});
    site.uncounted(caller, call::DeleteActor{site.reference({made.actor})});
}

// One with two regions, of which one is memory of its own.
void delete_actor(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Range source = site.any_region();
    const Outcome made = site.uncounted(caller, call::CreateActor{self});
    const ActorRef target = site.reference({made.actor});
    site.uncounted(caller, call::AllocateRegion{target, anywhere(page_bytes)});
    site.uncounted(caller, call::MapFromActor{target, anywhere(source.size_bytes), self, source});
    site.counted(caller, call::DeleteActor{target});
}

void fork_actor(Site &site) {
    const Caller caller = site.any_neighbours().one;
    const Outcome made = site.counted(caller, call::Fork{});
    site.uncounted(caller, call::DeleteActor{site.reference({made.actor})});
}

void list_actors(Site &site) {
    site.counted(site.trusted(), call::ListActors{});
}

void refuse_wrong_key(Site &site) {
    const auto [caller, other] = site.any_neighbours();
    ActorRef wrong = site.reference(other);
    wrong.capability.key ^= 1;
    site.counted_refusal(caller, call::AllocateRegion{wrong, anywhere(page_bytes)}, Status::invalid);
}

constexpr struct {
    const char *name;
    void (*once)(Site &site);
} every_call[] = {
    {"allocate", allocate},
    {"free", free},
    {"map_own", map_own},
    {"map_other", map_other},
    {"map_into_other", map_into_other},
    {"copy_other", copy_other},
    {"split", split},
    {"merge", merge},
    {"find_mapping", find_mapping},
    {"stat_region", stat_region},
    {"stat_all_regions", stat_all_regions},
    {"read_privilege", read_privilege},
    {"set_privilege", set_privilege},
    {"create_actor", create_actor},
    {"delete_actor", delete_actor},
    {"fork_actor", fork_actor},
    {"list_actors", list_actors},
    {"refuse_wrong_key", refuse_wrong_key},
};

std::vector<CountedCall> calls_in(const SiteSize &size) {
    const auto site = std::make_shared<Site>(size);
    std::vector<CountedCall> calls;
    for (const auto &call : every_call)
        calls.push_back({call.name, [site, once = call.once] { once(*site); }});
    return calls;
}

constexpr CountedGroup groups[] = {
    {"small", [] { return calls_in({.actors = 2, .regions_per_actor = 10}); }},
    {"large", [] { return calls_in({.actors = 1'000, .regions_per_actor = 100}); }},
};

}  // namespace

std::span<const CountedGroup> counted_groups() {
    return groups;
}

}  // namespace chorus::test
