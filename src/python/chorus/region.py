"""Regions: shared memory of this process."""
from __future__ import annotations

from types import TracebackType

from ._memory import Memory
from .capability import Capability


class Region:
    """Shared memory that this process has mapped: a context manager and, through `buf`, a buffer.

        with chorus.Region(4096) as region:
            region.buf[0] = 1
            numbers = numpy.frombuffer(region.buf, numpy.int64)

    The memory is freed when neither the region nor a view of it is left. `close` and the end of a `with` block give
    up the region's own hold; a view that still exists stays valid and keeps the memory until it is released. So an
    access through a view never fails and never hits other memory.

    A region can be pickled. The process that unpickles it maps the same memory, provided that the process that pickled
    it still has it mapped. After fork the child has the region, too; the child's region and the parent's are freed
    independently of each other.
    """

    def __init__(self, size: int, *, writable: bool = True) -> None:
        """Allocates `size` bytes of zeros, in whole pages. Error: K_ESIZE size 0; K_ENOMEM, K_ESPACE no room."""
        self._memory: Memory | None = Memory.allocate(size, writable)

    @classmethod
    def map_from(cls, capability: Capability, address: int, size: int, *, writable: bool = True) -> Region:
        """Maps `size` bytes that another actor has at `address`. From then on both see each other's writes.

        The memory stays when the other actor frees it or ends. `address` is a multiple of PAGE_SIZE. Error: K_EUNKNOWN
        the actor has ended; K_EINVAL wrong key; K_EADDR the range is not mapped there; K_EROUND; K_ESIZE; K_ENOMEM.
        """
        return cls._of(Memory.map_from(capability, address, size, writable))

    @classmethod
    def _of(cls, memory: Memory) -> Region:
        region = cls.__new__(cls)
        region._memory = memory
        return region

    @property
    def _mapped(self) -> Memory:
        if self._memory is None:
            raise ValueError("the region is closed")
        return self._memory

    @property
    def buf(self) -> memoryview:
        """A new view of the bytes, read-only if the region is. ValueError if the region is closed."""
        return self._mapped.view()

    def __buffer__(self, flags: int) -> memoryview:  # for memoryview(region), from Python 3.12 on
        return self.buf

    @property
    def address(self) -> int:
        """Where the region begins in this process: with the capability, what another actor needs to map it."""
        return self._mapped.address

    @property
    def size(self) -> int:
        """In bytes, as it was asked for."""
        return self._mapped.size

    @property
    def writable(self) -> bool:
        return self._mapped.writable

    @property
    def closed(self) -> bool:
        return self._memory is None

    def close(self) -> None:
        """Gives up the region. Frees the memory, unless a view or a semaphore in it exists. May be called again."""
        self._memory = None

    def __enter__(self) -> Region:
        self._mapped
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return Region._of, (self._mapped,)

    def __repr__(self) -> str:
        if self._memory is None:
            return "<chorus.Region, closed>"
        access = "writable" if self.writable else "read-only"
        return f"<chorus.Region at {self.address:#x}, {self.size} bytes, {access}>"
