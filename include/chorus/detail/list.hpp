// Reads what calls such as actorStat and rgnStat list. Not for programs.
#pragma once

#include <chorus/error.hpp>
#include <cstddef>
#include <vector>

namespace chorus::detail {

// `call(rows, size_bytes)` fills in as many rows as fit and answers how many there are: asked until all fit.
template <class Row, class Call>
std::vector<Row> list(Call call, const char *name, OnRefusal on_refusal) {
    std::vector<Row> rows(16);
    for (;;) {
        const int count = call(rows.data(), static_cast<unsigned int>(rows.size() * sizeof(Row)));
        if (!on_refusal.accepts(count, name)) return {};
        const bool all = static_cast<std::size_t>(count) <= rows.size();
        rows.resize(static_cast<std::size_t>(count));
        if (all) return rows;
    }
}

}  // namespace chorus::detail
