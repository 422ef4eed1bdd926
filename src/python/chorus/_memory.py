"""The memory behind regions and semaphores, and the rule for how long it stays mapped."""
from __future__ import annotations

import ctypes
import weakref

from ._kernel import Kernel, kernel_of_this_process, prefer
from ._library import K_ANYWHERE, K_EFAIL, K_MYACTOR, K_WRITABLE, RegionDescriptor, library
from .capability import Capability
from .error import check


class Memory:
    """A mapped range of this process.

    `bytes` is a ctypes array over the range. Every view (memoryview, NumPy array) refers to it, directly or through
    another view. The range is freed when the array is collected, so never while a view exists. A process that ends
    leaves the range to the kernel. A child of fork has the range and the array, too, and frees its own range only.
    """

    def __init__(self, address: int, size: int, writable: bool) -> None:
        self.address = address
        self.size = size
        self.writable = writable
        self.bytes = (ctypes.c_ubyte * size).from_address(address)
        weakref.finalize(self.bytes, _free, address, size).atexit = False

    @classmethod
    def allocate(cls, size: int, writable: bool) -> Memory:
        target = _target(size, writable)
        check("rgnAllocate", library.rgnAllocate64(K_MYACTOR, ctypes.byref(target)))
        return cls(target.start, size, writable)

    @classmethod
    def map_from(cls, source: Capability, address: int, size: int, writable: bool) -> Memory:
        target = _target(size, writable)
        status = library.rgnMapFromActor64(
            K_MYACTOR,
            ctypes.byref(target),
            ctypes.byref(source._to_c()),
            ctypes.byref(RegionDescriptor(address, size)),
        )
        check("rgnMapFromActor", status)
        return cls(target.start, size, writable)

    def view(self) -> memoryview:
        view = memoryview(self.bytes).cast("B")
        return view if self.writable else view.toreadonly()

    def __reduce__(self) -> tuple[object, ...]:
        # The capability is that of this process now: after a fork it is not that of the process that allocated.
        return _map_pickled, (Capability.own(), kernel_of_this_process(), self.address, self.size, self.writable)


def _target(size: int, writable: bool) -> RegionDescriptor:
    if size < 0:
        raise ValueError(f"the size of a region is negative: {size}")
    return RegionDescriptor(0, size, K_ANYWHERE | (K_WRITABLE if writable else 0))


def _map_pickled(source: Capability, kernel: Kernel, address: int, size: int, writable: bool) -> Memory:
    prefer(kernel)
    return Memory.map_from(source, address, size, writable)


def _free(address: int, size: int) -> None:
    status = library.rgnFree64(K_MYACTOR, ctypes.byref(RegionDescriptor(address, size)))
    if status != K_EFAIL:  # without a kernel the range stays mapped until the process ends
        check("rgnFree", status)
