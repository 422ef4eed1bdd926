// The file that carries the rows of a listing.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "wire/descriptor.hpp"

namespace chorus::daemon {

// Empty where the system has no memory or no descriptor for it.
template <class Row>
wire::Descriptor file_of(const std::vector<Row> &rows) {
    wire::Descriptor file(memfd_create("chorus-list", MFD_CLOEXEC));
    const std::size_t size_bytes = rows.size() * sizeof(Row);
    if (file && pwrite(file.get(), rows.data(), size_bytes, 0) != static_cast<ssize_t>(size_bytes)) file.reset();
    return file;
}

}  // namespace chorus::daemon
