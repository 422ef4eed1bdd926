"""Finds and loads libchorus, and declares its calls.

`LIBCHORUS` names the library. Without it, the library of the prefix in which this package is installed is loaded, then
that of the build tree in which the package lies, then the one that the dynamic loader finds. `ctypes` releases the
interpreter lock during every call, so a call that waits does not stop other threads.
"""
from __future__ import annotations

import ctypes
import os
import shutil
import sysconfig
from ctypes import POINTER, c_char_p, c_int, c_long, c_uint, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Iterator

K_OK = 0
K_ETIMEOUT = -13
K_EABORT = -14
K_EFAIL = -19
K_WRITABLE = 0x0001
K_ANYWHERE = 0x0008
K_MYACTOR = c_void_p(1)
K_NOBLOCK = c_void_p(0)
K_NOTIMEOUT = c_void_p(1)
SEMAPHORE_SIZE = 32  # sizeof(KnSem)
SEMAPHORE_ALIGNMENT = 8

NAME = "libchorus.so.0"


class Cap(ctypes.Structure):
    """KnCap"""

    _fields_ = [("words", c_uint32 * 4)]


class RegionDescriptor(ctypes.Structure):
    """KnRgnDesc of a program with CHORUS_VM_BITS 64"""

    _fields_ = [
        ("start", c_uint64),
        ("size", c_uint64),
        ("options", c_uint32),
        ("end", c_uint64),
        ("opaque1", c_void_p),
        ("opaque2", c_uint32),
    ]


class Interval(ctypes.Structure):
    """KnTimeVal"""

    _fields_ = [("seconds", c_long), ("nanoseconds", c_long)]


class ActorParameters(ctypes.Structure):
    """AcParam"""

    _fields_ = [
        ("site", c_int),
        ("flags", c_int),
        ("stdin", c_char_p),
        ("stdout", c_char_p),
        ("stderr", c_char_p),
        ("directory", c_char_p),
        ("root", c_char_p),
        ("credentials", c_void_p),
    ]


# The result and the arguments of each call. Pointers that may have one of the values K_MYACTOR, K_NOBLOCK and
# K_NOTIMEOUT are declared as c_void_p, which accepts ctypes.byref() as well.
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "actorSelf": (c_int, c_void_p),
    "rgnAllocate64": (c_int, c_void_p, c_void_p),
    "rgnFree64": (c_int, c_void_p, c_void_p),
    "rgnMapFromActor64": (c_int, c_void_p, c_void_p, c_void_p, c_void_p),
    "semInit": (c_int, c_void_p, c_uint),
    "semP": (c_int, c_void_p, c_void_p),
    "semV": (c_int, c_void_p),
    "_chorusTakeUntilSignal": (None, c_void_p, c_void_p, c_void_p),
    "afexecvp": (c_int, c_char_p, c_void_p, c_void_p, POINTER(c_char_p)),
    "afexecve": (c_int, c_char_p, c_void_p, c_void_p, POINTER(c_char_p), POINTER(c_char_p)),
    "awaits": (c_int, c_void_p, c_void_p),
    "vmPageSize": (c_int,),
    "strSysError": (c_char_p, c_int),
}


def _candidates() -> Iterator[Path]:
    package = Path(__file__).resolve().parent
    prefix_lib = package.parents[2]  # of PREFIX/lib/python3/dist-packages/chorus
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        yield prefix_lib / multiarch / NAME
    yield prefix_lib / NAME
    yield prefix_lib.parent / "lib64" / NAME
    yield package.parents[2] / "build" / "release" / "lib" / NAME  # of src/python/chorus


def _load() -> ctypes.CDLL:
    named = os.environ.get("LIBCHORUS")
    found = [str(path) for path in _candidates() if path.exists()]
    path = named or (found[0] if found else NAME)
    try:
        library = ctypes.CDLL(path, use_errno=True)
        for name, (result, *arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype = result
            function.argtypes = arguments
    except (OSError, AttributeError) as error:
        advice = "install the package libchorus0 of the same version, or set LIBCHORUS to the path of the library"
        raise ImportError(f"cannot load {path}: {error}; {advice}") from error
    return library


library = _load()
PAGE_SIZE: int = library.vmPageSize()


def command() -> str:
    """The path of the command `chorus` that belongs to the loaded library. FileNotFoundError if there is none."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        loaded = [line.split(None, 5)[5].rstrip("\n") for line in maps if "/libchorus.so" in line]
    for path in loaded[:1]:
        for up in ("..", "../.."):  # PREFIX/lib, PREFIX/lib/MULTIARCH
            program = os.path.normpath(os.path.join(os.path.dirname(path), up, "bin", "chorus"))
            if os.access(program, os.X_OK):
                return program
    program_in_path = shutil.which("chorus")
    if program_in_path is None:
        raise FileNotFoundError("the command 'chorus' is not installed: it is in the package chorus")
    return program_in_path
