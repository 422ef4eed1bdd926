#include "script/script.hpp"

#include <algorithm>
#include <set>

namespace chorus::sim {

namespace {

void set_field(Arguments &arguments, Field which, std::uint64_t value) {
    switch (which) {
        case Field::address:
            arguments.address = value;
            break;
        case Field::size_bytes:
            arguments.size_bytes = value;
            break;
        case Field::end:
            arguments.end = value;
            break;
        case Field::source_address:
            arguments.source_address = value;
            break;
        case Field::source_size_bytes:
            arguments.source_size_bytes = value;
            break;
        case Field::opaque1:
            arguments.opaque1 = value;
            break;
        case Field::opaque2:
            arguments.opaque2 = static_cast<std::uint32_t>(value);
            break;
        case Field::options:
            arguments.options |= static_cast<std::uint32_t>(value);
            break;
        case Field::value0:
            arguments.values[0] = value;
            break;
        case Field::value1:
            arguments.values[1] = value;
            break;
        case Field::value2:
            arguments.values[2] = value;
            break;
    }
}

}  // namespace

char letter_of(int actor) {
    return static_cast<char>('a' + actor);
}

std::string letters_text(const std::vector<ActorName> &actors, const std::vector<int> &which) {
    std::string text;
    for (std::size_t i = 0; i < which.size(); ++i) {
        text += i == 0 ? "" : i + 1 == which.size() ? " and " : ", ";
        text += letter_of(which[i]) + (" (" + actors[static_cast<std::size_t>(which[i])].name + ")");
    }
    return text;
}

std::uint64_t Expression::of(const Values &values) const {
    std::uint64_t stack[depth_max];
    std::size_t top = 0;
    for (const Node &node : nodes_) {
        switch (node.code) {
            case Code::constant:
                stack[top++] = node.value;
                break;
            case Code::slot:
                stack[top++] = values[node.value];
                break;
            case Code::negate:
                stack[top - 1] = 0 - stack[top - 1];
                break;
            case Code::add:
                --top, stack[top - 1] += stack[top];
                break;
            case Code::subtract:
                --top, stack[top - 1] -= stack[top];
                break;
            case Code::multiply:
                --top, stack[top - 1] *= stack[top];
                break;
        }
    }
    return stack[0];
}

void Expression::push(Code code, std::uint64_t value) {
    nodes_.push_back({code, value});
    if (code == Code::constant || code == Code::slot) depth_ = std::max(depth_, ++height_);
    if (code == Code::add || code == Code::subtract || code == Code::multiply) --height_;
}

bool Expression::uses(int slot) const {
    return std::any_of(nodes_.begin(), nodes_.end(), [slot](const Node &node) {
        return node.code == Code::slot && node.value == static_cast<std::uint64_t>(slot);
    });
}

int Step::gives(const std::vector<ActorName> &actors) const {
    if (arguments.made >= 0) return actors[static_cast<std::size_t>(arguments.made)].slot;
    return named;
}

bool Step::needs(int slot) const {
    return std::any_of(fields.begin(), fields.end(), [slot](const auto &field) { return field.second.uses(slot); });
}

Operation Step::operation(const Values &values) const {
    Operation made{arguments, text};
    for (const auto &[which, value] : fields)
        set_field(made, which, value.of(values));
    // A 32-bit caller has no wider fields.
    const bool has_width = made.verb <= Verb::rgnStat || made.verb == Verb::svPagesAllocate;
    if (has_width && !made.wide)
        for (std::uint64_t *field :
             {&made.address, &made.size_bytes, &made.end, &made.source_address, &made.source_size_bytes})
            *field &= 0xffff'ffff;
    return made;
}

std::optional<std::uint32_t> Script::other_user() const {
    for (const ActorName &actor : actors)
        if (actor.uid) return actor.uid;
    return std::nullopt;
}

bool Script::interleaves() const {
    return std::any_of(blocks.begin(), blocks.end(),
                       [](const Block &block) { return block.kind == Block::Kind::interleave; });
}

std::vector<int> Script::interleaved_actors() const {
    std::set<int> found;
    for (const Block &block : blocks)
        if (block.kind == Block::Kind::interleave)
            for (const Block &one : block.body)
                found.insert(one.step.arguments.actor);
    return {found.begin(), found.end()};
}

}  // namespace chorus::sim
