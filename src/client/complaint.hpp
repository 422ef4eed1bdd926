// One line on standard error, for what no return value can say.
#pragma once

namespace chorus::client {

__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

}  // namespace chorus::client
