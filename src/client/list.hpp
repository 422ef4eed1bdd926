// Reads the rows that come as a file with the reply to a list call.
#pragma once

#include <exec/chTypes.h>
#include <unistd.h>

#include <vector>

#include "wire/descriptor.hpp"
#include "wire/message.hpp"

namespace chorus::client {

// `call` makes the call: int(wire::Reply &, wire::Descriptor &file), a K_* status. Returns that, or K_ENOMEM where the
// file cannot be read here.
template <class Row, class Call>
int read_list(Call call, std::vector<Row> &rows) {
    wire::Reply reply;
    wire::Descriptor file;
    if (const int status = call(reply, file); status != K_OK) return status;
    rows.resize(reply.count);
    const auto size_bytes = static_cast<ssize_t>(rows.size() * sizeof(Row));
    return file && pread(file.get(), rows.data(), rows.size() * sizeof(Row), 0) == size_bytes ? K_OK : K_ENOMEM;
}

}  // namespace chorus::client
