#include "kernel/lockstep/process.hpp"

namespace chorus::kernel {

std::optional<Task> Process::next() {
    if (ready || tasks.empty() || tasks.begin()->first != done_ + 1) return std::nullopt;
    ++done_;
    return tasks.extract(tasks.begin()).mapped();
}

bool Process::busy_with_own_call() const {
    for (const auto &[turn, task] : tasks)
        if (!task.order) return true;
    return false;
}

void Process::map(const Range &range, const std::optional<Region> &first) {
    std::uint64_t reached = range.start;
    if (first) {
        install(*first);
        reached = first->range.end();
    }
    while (reached < range.end()) {
        const auto mapping = fetch_({reached, range.end() - reached}, 0);
        if (!mapping) return;
        install(*mapping);
        reached = mapping->range.end();
    }
}

void Process::unmap(const Range &range) {
    for (int cell = 0; cell < NaiveModel::cells_per_space; ++cell)
        if (range.contains(NaiveModel::address_of(space_, cell))) maps[cell].reset();
}

void Process::renew(const Range &range) {
    for (std::uint64_t reached = range.start; reached < range.end();) {
        const auto mapping = fetch_({reached, range.end() - reached}, 0);
        const std::uint64_t upto = mapping ? mapping->range.start : range.end();
        unmap({reached, upto - reached});
        if (!mapping) return;
        install(*mapping);
        reached = mapping->range.end();
    }
}

void Process::map_all(std::uint32_t options) {
    const std::uint64_t end = ~std::uint64_t{0};
    for (std::uint64_t reached = 0;;) {
        const auto mapping = fetch_({reached, end - reached}, options);
        if (!mapping) return;
        install(*mapping);
        reached = mapping->range.end();
    }
}

void Process::install(const Region &mapping) {
    for (std::uint64_t done = 0; done < mapping.range.size_bytes; done += naive_page)
        maps[NaiveModel::cell_at(space_, mapping.range.start + done).value()] =
            Mapped{mapping.segment, mapping.offset + done, mapping.options & option::protection};
}

}  // namespace chorus::kernel
