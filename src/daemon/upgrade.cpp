#include "daemon/upgrade.hpp"

#include <exec/chTypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/control.hpp"
#include "daemon/journal.hpp"
#include "kernel/apply.hpp"
#include "memory/mapping.hpp"

namespace chorus::daemon {

namespace {

void leave_out_keys(kernel::State &state, Tables &tables) {
    for (auto &[id, actor] : state.actors)
        actor.capability.key = 0;
    for (auto &[number, waiting] : table<WaitingRow>(tables))
        waiting.request.target.key = waiting.request.source.key = 0;
}

}  // namespace

wire::Descriptor show_kernel(const std::string &program, std::uint32_t number, kernel::State state, Tables tables) {
    leave_out_keys(state, tables);
    wire::Descriptor file(memfd_create("chorus-shown", MFD_CLOEXEC));
    constexpr std::size_t room_bytes = Journal::capacity_bytes;
    if (!file || ftruncate(file.get(), room_bytes) != 0) return {};
    memory::Mapping mapped;
    if (mapped.map(file.get(), memory::Access::read_write, 0, room_bytes) != K_OK) return {};
    Writer writer(mapped.start(), room_bytes);
    writer(Control::right_magic, program, number);
    Journal::write_checkpoint(writer, state, tables, 0);
    if (!writer.whole() || ftruncate(file.get(), writer.at() - mapped.start()) != 0) return {};
    return file;
}

std::optional<Shown> read_shown(const char *start, std::size_t size_bytes, std::string *problem) {
    Reader reader(start, size_bytes);
    Shown shown;
    std::uint64_t magic = 0;
    reader(magic);
    if (magic != Control::right_magic) {
        *problem = "the control page is of another version";
        return std::nullopt;
    }
    reader(shown.program, shown.number);
    if (!Journal::read(reader.at(), reader.left(), kernel::apply, problem)) return std::nullopt;
    return shown;
}

}  // namespace chorus::daemon
