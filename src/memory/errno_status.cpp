#include "memory/errno_status.hpp"

#include <exec/chTypes.h>

#include <cerrno>

namespace chorus::memory {

int status_from_errno(int error) {
    switch (error) {
        case 0:
            return K_OK;
        case ENOMEM:
        case ENOSPC:
        case EFBIG:
        case EMFILE:
        case ENFILE:
        case EAGAIN:
        case EDQUOT:
            return K_ENOMEM;
        default:
            return K_EFAIL;
    }
}

}  // namespace chorus::memory
