#include "client/complaint.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace chorus::client {

void complain(const char *format, ...) {
    const int saved = errno;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    std::fprintf(stderr, "chorus: %s\n", text);
    errno = saved;
}

}  // namespace chorus::client
