"""Waiting for a token on behalf of an asyncio task.

A separate thread waits for the token, because an event loop cannot wait on a semaphore. It and the task share a
state, under a lock:

| state     | the token            | next state                                                                  |
|-----------|----------------------|-----------------------------------------------------------------------------|
| waiting   | not taken            | granted: the thread has taken one. failed: the call was refused. abandoned: |
|           |                      | the task was cancelled, or nobody can resume it any more                    |
| granted   | held for the task    | the task resumes and has the token. abandoned: the task was cancelled first;|
|           |                      | it gives the token back                                                     |
| failed    | not taken            | the task resumes and raises the error                                       |
| abandoned | given back, or, if   | the thread ends after at most one slice. If it takes a token in that time,  |
|           | none was taken, none | it gives it back                                                            |

The library offers no way to end the sleep of another thread. Therefore the thread waits in slices and looks at the
state after each. A slice that ends without a token puts the thread at the end of the semaphore's queue.
"""
from __future__ import annotations

import asyncio
import threading
from enum import Enum, auto
from typing import Callable

from ._library import K_ETIMEOUT, K_OK

SLICE_S = 0.1


class State(Enum):
    WAITING = auto()
    GRANTED = auto()
    FAILED = auto()
    ABANDONED = auto()


class Waiter:
    """Takes one token by calls of `take(seconds)`, which returns a status. `give` gives one back."""

    def __init__(self, take: Callable[[float], int], give: Callable[[], None]) -> None:
        self._take = take
        self._give = give
        self._lock = threading.Lock()
        self._state = State.WAITING
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()

    async def wait(self) -> int:
        """K_OK if the caller has the token, otherwise the status of the refusal."""
        threading.Thread(target=self._run, name="chorus-acquire").start()
        try:
            return await self._status
        except BaseException:  # cancelled, or closed because the loop has ended
            self._abandon()
            raise

    def _abandon(self) -> None:
        with self._lock:
            before, self._state = self._state, State.ABANDONED
        if before is State.GRANTED:
            self._give()

    def _run(self) -> None:
        status = K_ETIMEOUT
        while status == K_ETIMEOUT and self._state is State.WAITING and self._can_be_resumed():
            status = self._take(SLICE_S)
        if status == K_ETIMEOUT:
            return
        with self._lock:
            abandoned = self._state is State.ABANDONED
            if not abandoned:
                self._state = State.GRANTED if status == K_OK else State.FAILED
        if abandoned and status == K_OK:
            self._give()
        if abandoned:
            return
        try:
            self._loop.call_soon_threadsafe(self._resume, status)
        except RuntimeError:  # the loop is closed
            self._abandon()

    def _can_be_resumed(self) -> bool:
        # The interpreter waits for this thread when the main thread has ended.
        return threading.main_thread().is_alive() and not self._loop.is_closed()

    def _resume(self, status: int) -> None:
        if not self._status.done():
            self._status.set_result(status)
