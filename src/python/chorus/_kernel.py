"""Which kernel this process has joined, in a form that another process can use to join the same one.

A process that multiprocessing has started earlier than this one joined its kernel cannot know that kernel from its
environment. Therefore a pickled region names the kernel, too.
"""
from __future__ import annotations

import ctypes
import os
from typing import Tuple

Kernel = Tuple[str, str]  # the values of the two variables; "" if a variable is not set

_VARIABLES = ("CHORUS_SITE", "CHORUS_PRIVATE")

_getenv = ctypes.CDLL(None).getenv
_getenv.restype = ctypes.c_char_p
_getenv.argtypes = [ctypes.c_char_p]


def kernel_of_this_process() -> Kernel:
    """Reads the environment of the C library: os.environ does not have what libchorus has stored there."""
    site, token = (os.fsdecode(_getenv(name.encode()) or b"") for name in _VARIABLES)
    return site, token


def prefer(kernel: Kernel) -> None:
    """Makes this process join `kernel` with its first call, unless its environment names one already."""
    if any(kernel_of_this_process()):
        return
    for name, value in zip(_VARIABLES, kernel):
        if value:
            os.environ[name] = value
