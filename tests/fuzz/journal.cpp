// The reader of the journal: any bytes are a journal whose state holds every invariant, or are refused with a reason.
// Actions are read and not applied: what `apply` does with an action that was never decided is not asked of it.
#include "daemon/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"

using namespace chorus;

namespace {

kernel::Effects leave_as_it_is(kernel::State &, const kernel::Action &) {
    return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::string problem;
    const auto known = daemon::Journal::read(reinterpret_cast<const char *>(data), size, leave_as_it_is, &problem);
    fuzz::require(known || !problem.empty(), "what is refused is refused with a reason");
    return 0;
}
