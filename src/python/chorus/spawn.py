"""Starting programs as actors, and waiting for their end."""
from __future__ import annotations

import _thread
import ctypes
import math
import os
import shutil
import threading
import time
from typing import Mapping, Sequence, Union

from ._library import ActorParameters, Cap, library
from .capability import Capability

Text = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def spawn(program: Text, *args: Text, cwd: Text | None = None, env: Mapping[str, str] | None = None) -> Capability:
    """Starts a program as an actor of this process's site and returns its capability, once the program is loaded.

    program  a path, or a name without a slash, which is looked up in PATH
    args     the arguments after the name of the program
    cwd      its working directory; None: that of this process
    env      its environment; None: that of this process

    Does not wait for the program; `wait` does. The program need not use chorus. OSError: as execve(2) says, and EIO no
    kernel answers, EAGAIN a limit is reached.
    """
    path = os.fsencode(program)
    arguments = _strings([path, *map(os.fsencode, args)])
    parameters = ActorParameters(directory=None if cwd is None else os.fsencode(cwd))
    cap = Cap()
    if env is None:
        aid = library.afexecvp(path, ctypes.byref(cap), ctypes.byref(parameters), arguments)
    else:
        if b"/" not in path:
            path = os.fsencode(shutil.which(os.fsdecode(path)) or path)
        environment = _strings([os.fsencode(f"{name}={value}") for name, value in env.items()])
        aid = library.afexecve(path, ctypes.byref(cap), ctypes.byref(parameters), arguments, environment)
    if aid == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(program))
    return Capability._from_c(cap)


def _strings(texts: Sequence[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * (len(texts) + 1))(*texts, None)


class _Awaited:
    """A child that a thread waits for: awaits(2K) has no time-out and Ctrl-C does not end it."""

    def __init__(self) -> None:
        self.started = False
        self.ended = threading.Event()
        self.status = 0
        self.errno = 0

    def start(self, child: Capability) -> None:
        if not self.started:
            self.started = True
            # Not threading.Thread: its start() waits, so that Ctrl-C could end it halfway.
            _thread.start_new_thread(self._run, (child,))

    def _run(self, child: Capability) -> None:
        status = ctypes.c_int()
        if library.awaits(ctypes.byref(child._to_c()), ctypes.byref(status)) == -1:
            self.errno = ctypes.get_errno()
        self.status = status.value
        self.ended.set()


# A signal that arrives in the instant before a thread sleeps on a lock of Python is noticed after this time.
_SLICE_S = 1.0

_awaited: dict[Capability, _Awaited] = {}
_lock = threading.Lock()


def wait(child: Capability, timeout: float | None = None) -> int:
    """Waits until an actor that this process has started with `spawn` ends, and returns how, as subprocess does:

    0 to 255  it ended with this exit status
    -n        it was killed by the signal n; -128: by `chorus kill` or akill; -129: by actorDelete

    The end is reported once. TimeoutError: it has not ended within `timeout` seconds; it can be waited for again.
    ProcessLookupError: no child of this process, or its end has been reported. OSError EINVAL: wrong key. Ctrl-C ends
    the wait; the child goes on.
    """
    with _lock:
        awaited = _awaited.setdefault(child, _Awaited())
        awaited.start(child)
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    while not awaited.ended.wait(max(0.0, min(deadline - time.monotonic(), _SLICE_S))):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"actor {child.aid} has not ended within {timeout} s")
    with _lock:
        if _awaited.get(child) is awaited:
            del _awaited[child]
    if awaited.errno:
        raise OSError(awaited.errno, os.strerror(awaited.errno), f"actor {child.aid}")
    code = awaited.status >> 8 & 0xFF
    return code if awaited.status & 0xFF == 0 else -code


def _forget() -> None:
    """In a child of fork: the threads are the parent's, and so are its children."""
    global _lock
    _lock = threading.Lock()
    _awaited.clear()


os.register_at_fork(after_in_child=_forget)
