// Finds the kernel that a process is to talk to, or starts one.
#pragma once

#include <optional>
#include <string>

#include "wire/descriptor.hpp"

namespace chorus::client {

enum class Missing { start_private, report };

// A connection to the site named; with none named to the one in CHORUS_SITE; else to the default site; else, if asked
// for, to a private kernel that ends with its last connection. Empty where there is none: `problem` then says what is
// wrong and what to do. Whether a private kernel has begun is not waited for: `problem` says what is wrong where it
// does not answer.
wire::Descriptor connect_to_kernel(const std::optional<std::string> &site, Missing missing, std::string &problem);

}  // namespace chorus::client
