"""Semaphores in shared memory."""
from __future__ import annotations

import ctypes
import math
import time
from types import TracebackType

from ._library import K_EABORT, K_ETIMEOUT, K_NOBLOCK, K_NOTIMEOUT, K_OK, SEMAPHORE_ALIGNMENT, SEMAPHORE_SIZE
from ._library import Interval, library
from ._memory import Memory
from .error import Error, check
from .region import Region

_LONGEST_S = 2**31


class Semaphore:
    """A semaphore in a region: 32 bytes (`SIZE`), shared by all actors that map them, in Python, C and C++.

    `Semaphore(region, offset)` refers to the semaphore that is there. One actor calls `init` once, before the others
    use it. Like a view, a Semaphore keeps the memory of its region mapped. It can be pickled under the same condition
    as a region. All methods may be called by several threads; no kernel is needed.

    Calls raise Error: K_EINVAL there is no semaphore at this place (zeros are none); K_EFAULT the region is read-only.
    """

    SIZE = SEMAPHORE_SIZE

    def __init__(self, region: Region, offset: int = 0) -> None:
        """ValueError: `offset` is not a multiple of 8, or the 32 bytes are not in the region, or it is closed."""
        memory = region._mapped
        if offset % SEMAPHORE_ALIGNMENT != 0 or not 0 <= offset <= memory.size - self.SIZE:
            raise ValueError(f"no semaphore can be at offset {offset} of {memory.size} bytes")
        self._refer(memory, offset)

    def _refer(self, memory: Memory, offset: int) -> None:
        self._memory = memory  # keeps it mapped
        self._offset = offset
        self._address = ctypes.c_void_p(memory.address + offset)

    @classmethod
    def _of(cls, memory: Memory, offset: int) -> Semaphore:
        semaphore = cls.__new__(cls)
        semaphore._refer(memory, offset)
        return semaphore

    def init(self, tokens: int = 0) -> Semaphore:
        """Makes the bytes a semaphore with `tokens` tokens, and returns self. Undefined while somebody uses it.

        ValueError: `tokens` is not from 0 to 1,073,741,823.
        """
        if not 0 <= tokens <= 0x3FFFFFFF:
            raise ValueError(f"a semaphore cannot hold {tokens} tokens")
        check("semInit", library.semInit(self._address, tokens))
        return self

    def acquire(self, timeout: float | None = None) -> bool:
        """Takes a token. Waits for one: for ever, or for `timeout` seconds; 0 does not wait. Whether it has taken one.

        Threads get tokens in the order in which they fell asleep, over all actors. A signal handler of Python runs at
        once. If it raises an exception, as that of Ctrl-C does, then `acquire` raises it and has taken no token. If
        it returns, the wait goes on at the end of the queue, until the same point in time. As with Python's own locks,
        a signal that arrives in the instant before the thread falls asleep is noticed when it wakes.
        """
        limit = _limit(timeout)
        deadline = None if limit is None else time.monotonic() + limit
        # The library stores the result there before it returns to the interpreter, which may raise at once.
        status = ctypes.c_int(K_EABORT)
        try:
            while status.value == K_EABORT:
                library._chorusTakeUntilSignal(self._address, _interval(limit), ctypes.byref(status))
                if deadline is not None:
                    limit = max(0.0, deadline - time.monotonic())
            return _taken(status.value)
        except BaseException:
            if status.value == K_OK:
                self.release()
            raise

    def release(self) -> None:
        """Gives a token: to the thread that has slept longest, or to the next that asks. Does not wait.

        Any actor may give one, whether or not it has taken one. Error: K_EINVAL also 1,073,741,823 tokens are there.
        """
        check("semV", library.semV(self._address))

    async def acquire_async(self) -> bool:
        """Takes a token and waits for it without blocking the event loop. Always True, as asyncio.Semaphore.acquire.

        If the task is cancelled, for example by asyncio.wait_for, no token is lost: one that arrives too late goes
        back to the semaphore. _waiter.py has the states.
        """
        from ._waiter import Waiter  # asyncio takes longer to load than the rest of this package

        return self.acquire(timeout=0) or _taken(await Waiter(self._take_within, self.release).wait())

    def _take_within(self, seconds: float) -> int:
        return int(library.semP(self._address, _interval(seconds)))

    def __enter__(self) -> Semaphore:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    async def __aenter__(self) -> Semaphore:
        await self.acquire_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __reduce__(self) -> tuple[object, ...]:
        return Semaphore._of, (self._memory, self._offset)

    def __repr__(self) -> str:
        return f"<chorus.Semaphore at {self._memory.address + self._offset:#x}>"


def _limit(timeout: float | None) -> float | None:
    if timeout is None or timeout == math.inf:
        return None
    if not timeout >= 0:  # NaN, too
        raise ValueError(f"a timeout is not negative: {timeout}")
    return min(float(timeout), _LONGEST_S)


def _interval(seconds: float | None) -> object:
    if seconds is None:
        return K_NOTIMEOUT
    if seconds == 0:
        return K_NOBLOCK
    fraction, whole = math.modf(seconds)
    return ctypes.byref(Interval(int(whole), int(fraction * 1e9)))


def _taken(status: int) -> bool:
    if status not in (K_OK, K_ETIMEOUT):
        raise Error("semP", status)
    return status == K_OK
