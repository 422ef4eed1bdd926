// Semaphores of the model world: the algorithm of src/sync over memory and a queue that are values.
#include <setjmp.h>
#include <sync/chSem.h>

#include <algorithm>
#include <cstddef>

#include "worlds/model.hpp"

namespace chorus::sim {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

// The fields of a KnSem beside its state lie in words that are written together.
constexpr std::uint64_t magic_and_rounds = offsetof(KnSem, knMagic), taker_word = offsetof(KnSem, knTaker);
static_assert(offsetof(KnSem, knRounds) == magic_and_rounds + 4 && magic_and_rounds == 8 && taker_word == 16);

}  // namespace

// Answers from what was answered before, as long as there is some of that; then from the world. A thread that sleeps
// jumps out.
class ModelPlatform {
  public:
    ModelPlatform(Model &model, int actor, SleepingP &p, jmp_buf &asleep)
        : model_(model), actor_(actor), p_(p), asleep_(asleep) {}

    std::uint64_t load() {
        return answer([this] {
                   // After a sleep the memory may be gone: that is no semaphore.
                   const bool there =
                       !slept_ || model_.person(actor_).maps.may(Maps::Access::write, p_.address, sizeof(KnSem));
                   return PlatformAnswer{.value = there ? model_.segments_.load64(p_.place) : sync::state::posting};
               })
            .value;
    }
    bool exchange(std::uint64_t &expected, std::uint64_t to) {
        const PlatformAnswer made = answer([&] {
            const std::uint64_t found = model_.segments_.load64(p_.place);
            if (found == expected) model_.segments_.store64(p_.place, to);
            return PlatformAnswer{.value = found, .yes = found == expected};
        });
        if (!made.yes) expected = made.value;
        return made.yes;
    }
    // Nobody else runs meanwhile.
    bool changes(std::uint64_t &) { return false; }
    bool wake_one() {
        return answer([this] {
                   const auto first = std::find_if(model_.queue_.begin(), model_.queue_.end(),
                                                   [this](const Sleeper &one) { return one.place == p_.place; });
                   if (first == model_.queue_.end()) return PlatformAnswer{};
                   const int woken = first->actor;
                   model_.queue_.erase(first);
                   model_.person(woken).sleeping.in_queue = false;
                   model_.continue_take(woken, sync::Slept::woken);
                   return PlatformAnswer{.yes = true};
               })
            .yes;
    }
    std::uint32_t round() {
        return static_cast<std::uint32_t>(answer([this] {
                                              const Place at{p_.place.segment, p_.place.offset + magic_and_rounds};
                                              const std::uint64_t both = model_.segments_.load64(at);
                                              model_.segments_.store64(at, both + (std::uint64_t{1} << 32));
                                              return PlatformAnswer{.value = both >> 32};
                                          }).value &
                                          sync::state::round_max);
    }
    // The word is always that of a semaphore with sleepers.
    sync::Slept sleep_while(std::uint32_t) {
        slept_ = true;
        return answer([this] {
                   const auto ended = model_.fall_asleep(actor_, p_);
                   if (!ended) longjmp(asleep_, 1);
                   return PlatformAnswer{.slept = *ended};
               })
            .slept;
    }

  private:
    template <class Make>
    PlatformAnswer answer(Make make) {
        if (at_ == p_.answers.size()) p_.answers.push_back(make());
        return p_.answers[at_++];
    }

    Model &model_;
    int actor_;
    SleepingP &p_;
    jmp_buf &asleep_;
    std::size_t at_ = 0;
    bool slept_ = false;
};

namespace {

// From its beginning; nothing where the thread sleeps now. The algorithm keeps nothing on its stack that needs a
// destructor, so it may be left by a jump.
std::optional<sync::Result> run(Model &model, int actor, SleepingP &p, sync::Wait wait, bool gives) {
    jmp_buf asleep;
    ModelPlatform platform(model, actor, p, asleep);
    thread_local sync::Result result;
    if (setjmp(asleep) != 0) return std::nullopt;
    result = gives ? sync::give(platform) : sync::take(platform, wait);
    return result;
}

Result status_of(sync::Result result) {
    switch (result) {
        case sync::Result::ok:
            return Result::status(K_OK);
        case sync::Result::timed_out:
            return Result::status(K_ETIMEOUT);
        default:
            return Result::status(K_EINVAL);
    }
}

}  // namespace

// What is wrong with the memory that is to be a semaphore.
std::optional<int> Model::look_at(const Person &who, std::uint64_t address) const {
    if (!who.maps.may(Maps::Access::write, address, sizeof(KnSem))) return K_EFAULT;
    if (address % alignof(KnSem) != 0) return K_EINVAL;
    const Place place = who.maps.place_of(address + magic_and_rounds);
    const bool magic = static_cast<std::uint32_t>(segments_.load64(place)) == K_KNSEM_MAGIC;
    return magic ? std::nullopt : std::optional(K_EINVAL);
}

Result Model::taken(const Person &who, std::uint64_t address, sync::Result result) {
    if (result == sync::Result::ok && who.maps.may(Maps::Access::write, address, sizeof(KnSem)))
        segments_.store64(who.maps.place_of(address + taker_word), static_cast<std::uint64_t>(*who.id));
    return status_of(result);
}

// semInit and semV.
Result Model::give(Person &who, const Operation &operation) {
    const std::uint64_t address = operation.address;
    if (operation.verb == Verb::semInit) {
        if (!who.maps.may(Maps::Access::write, address, sizeof(KnSem))) return Result::status(K_EFAULT);
        if (address % alignof(KnSem) != 0 || operation.values[0] > K_KNSEM_COUNTMAX) return Result::status(K_EINVAL);
        std::string bytes(sizeof(KnSem), '\0');
        who.maps.write(segments_, address, bytes);
        segments_.store64(who.maps.place_of(address), operation.values[0]);
        segments_.store64(who.maps.place_of(address + magic_and_rounds), K_KNSEM_MAGIC);
        return Result::status(K_OK);
    }
    if (const auto wrong = look_at(who, address)) return Result::status(*wrong);
    SleepingP p{.address = address, .place = who.maps.place_of(address)};
    return status_of(*run(*this, operation.actor, p, sync::Wait::no, true));
}

Result Model::take(Person &who, const Operation &operation) {
    const auto wrong = look_at(who, operation.address);
    if (wrong == K_EFAULT || operation.limit == Limit::unreadable) return Result::status(K_EFAULT);
    const bool timed = operation.limit == Limit::interval;
    if (timed && (operation.limit_s < 0 || operation.limit_ns < 0 || operation.limit_ns >= ns_per_s))
        return Result::status(K_EINVAL);
    if (wrong) return Result::status(*wrong);
    const bool waits =
        operation.limit == Limit::forever || (timed && (operation.limit_s != 0 || operation.limit_ns != 0));
    who.sleeping = {.address = operation.address, .place = who.maps.place_of(operation.address)};
    if (ends(operation))
        who.sleeping.deadline_ns =
            now_ns_ + static_cast<std::uint64_t>(operation.limit_s * ns_per_s + operation.limit_ns);
    const auto result = run(*this, operation.actor, who.sleeping, waits ? sync::Wait::yes : sync::Wait::no, false);
    if (result) return taken(who, operation.address, *result);
    who.pending = operation;
    who.waits = Waits::semaphore;
    return Result::of(Result::Kind::blocked);
}

std::optional<sync::Slept> Model::fall_asleep(int actor, SleepingP &p) {
    if (sync::state::word(segments_.load64(p.place)) != sync::state::sleepers) return sync::Slept::changed;
    if (p.deadline_ns && *p.deadline_ns <= now_ns_) return sync::Slept::timed_out;
    p.in_queue = true;
    queue_.push_back({p.place, actor});
    return std::nullopt;
}

// Its sleep has ended.
void Model::continue_take(int actor, sync::Slept slept) {
    Person &who = person(actor);
    who.sleeping.answers.push_back({.slept = slept});
    const auto result = run(*this, actor, who.sleeping, sync::Wait::yes, false);
    if (result) come_back(who, taken(who, who.sleeping.address, *result));
}

// ---- For the explorer and for people.

Model::Touched Model::touched_by(const Operation &operation) const {
    const Person &who = person(operation.actor);
    const auto at = [&](std::uint64_t size_bytes, bool writes) {
        // What is in one piece is at one place; anything may follow from the rest.
        std::uint64_t start = 0;
        const Maps::Mapped *mapped = who.maps.find(operation.address, start);
        const bool whole = mapped != nullptr && size_bytes <= mapped->size_bytes - (operation.address - start);
        if (!whole) return Touched{.kernel = true};
        return Touched{.writes = writes, .place = who.maps.place_of(operation.address), .size_bytes = size_bytes};
    };
    switch (operation.verb) {
        case Verb::semP:
        case Verb::semV:
        case Verb::semInit:
            return at(sizeof(KnSem), true);
        case Verb::read:
            if (operation.type == Type::value) return {.kernel = true};  // of a size that is not known
            return at(operation.size_bytes != 0 ? operation.size_bytes : sizeof(std::uint64_t), false);
        case Verb::write:
        case Verb::fill:
            return at(bytes_to_write(operation).size(), true);
        case Verb::absent:
        case Verb::vmPageSize:
            return {};
        default:
            return {.kernel = true};
    }
}

std::optional<int> Model::taker_of(const Person &who) const {
    const std::uint64_t taker =
        segments_.load64({who.sleeping.place.segment, who.sleeping.place.offset + taker_word}) & 0xffff'ffff;
    const int found = taker == 0 ? -1 : actor_with(static_cast<kernel::ActorId>(static_cast<std::uint32_t>(taker)));
    return found < 0 || &person(found) == &who ? std::nullopt : std::optional(found);
}

}  // namespace chorus::sim
