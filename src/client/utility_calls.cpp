// readCap and strSysError of <utilities.h>.
#include <utilities.h>

#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "client/export.hpp"
#include "client/keep_errno.hpp"
#include "client/user_memory.hpp"

using namespace chorus::client;

namespace {

bool read_word(const char *text, unsigned int &word) {
    if (text == nullptr || std::isdigit(static_cast<unsigned char>(*text)) == 0) return false;
    char *end = nullptr;
    errno = 0;
    const unsigned long value = std::strtoul(text, &end, 0);
    word = static_cast<unsigned int>(value);
    return *end == '\0' && errno == 0 && value <= UINT32_MAX;
}

}  // namespace

CHORUS_EXPORT int readCap(char **argv, KnCap *cap) {
    if (!writable(cap, sizeof *cap)) return K_EFAULT;
    const KeepErrno kept;
    for (int i = 0; i < 4; ++i) {
        if (!readable(argv + i, sizeof *argv)) return K_EFAULT;
        if (argv[i] == nullptr) break;  // the end of the arguments
        if (!readable_string(argv[i])) return K_EFAULT;
    }
    KnCap read;
    unsigned int *const words[] = {&read.ui.uiHead, &read.ui.uiTail, &read.key.keyHead, &read.key.keyTail};
    for (unsigned int *word : words)
        if (!read_word(*argv++, *word)) return K_EINVAL;
    *cap = read;
    return K_OK;
}

CHORUS_EXPORT const char *strSysError(int code) {
    switch (code) {
        case K_OK:
            return "success";
        case K_EFAULT:
            return "a pointer cannot be read or written";
        case K_EUNKNOWN:
            return "no live actor has this capability";
        case K_EINVAL:
            return "wrong key, or a malformed argument";
        case K_EPRIV:
            return "not allowed with this privilege";
        case K_ESIZE:
            return "size 0, or a source shorter than its target";
        case K_EROUND:
            return "address not page aligned";
        case K_EADDR:
            return "range outside the windows, or with a hole";
        case K_EOVERLAP:
            return "range overlaps a region";
        case K_ESPACE:
            return "no hole in the address space is big enough";
        case K_ENOMEM:
            return "no memory, or a limit is reached";
        case K_EBUSY:
            return "in use: not empty, or locked";
        case K_ETIMEOUT:
            return "the time given has passed";
        case K_EABORT:
            return "the thread was aborted";
        case K_ENOPORT:
            return "the port is gone";
        case K_EFULL:
            return "the port's queue is full";
        case K_ETOOMUCH:
            return "the message is too big";
        case K_ENOTIMP:
            return "not in this version";
        case K_EFAIL:
            return "no kernel answers";
        default:
            return "unknown code";
    }
}
