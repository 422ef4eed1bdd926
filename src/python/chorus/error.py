"""The exception of refused calls."""
from __future__ import annotations

import errno

from ._library import library

# Each status of <exec/chTypes.h> with its name and the errno that is closest to it.
_STATUSES: dict[int, tuple[str, int]] = {
    -2: ("K_EFAULT", errno.EFAULT),
    -3: ("K_EUNKNOWN", errno.ESRCH),
    -4: ("K_EINVAL", errno.EINVAL),
    -5: ("K_EPRIV", errno.EPERM),
    -6: ("K_ESIZE", errno.EINVAL),
    -7: ("K_EROUND", errno.EINVAL),
    -8: ("K_EADDR", errno.EFAULT),
    -9: ("K_EOVERLAP", errno.EEXIST),
    -10: ("K_ESPACE", errno.ENOMEM),
    -11: ("K_ENOMEM", errno.ENOMEM),
    -12: ("K_EBUSY", errno.EBUSY),
    -13: ("K_ETIMEOUT", errno.ETIMEDOUT),
    -14: ("K_EABORT", errno.EINTR),
    -15: ("K_ENOPORT", errno.EPIPE),
    -16: ("K_EFULL", errno.ENOBUFS),
    -17: ("K_ETOOMUCH", errno.EMSGSIZE),
    -18: ("K_ENOTIMP", errno.ENOSYS),
    -19: ("K_EFAIL", errno.EIO),
}


class Error(OSError):
    """A call of chorus was refused. It has changed nothing.

    call    the name of the C call, which is also the name of its manual page
    status  the number that the call returned, below 0
    name    the name of that number, for example "K_ENOMEM"
    errno   the closest errno
    """

    def __init__(self, call: str, status: int) -> None:
        self.call = call
        self.status = status
        self.name, number = _STATUSES.get(status, (str(status), errno.EINVAL))
        super().__init__(number, library.strSysError(status).decode())

    def __str__(self) -> str:
        return f"{self.call}: {self.strerror} ({self.name}, {self.status})"

    def __reduce__(self) -> tuple[type[Error], tuple[str, int]]:
        return type(self), (self.call, self.status)


def check(call: str, status: int) -> None:
    """Raises Error if a call returned a status below 0."""
    if status < 0:
        raise Error(call, status)
