"""Capabilities: what names an actor, and gives the right to act on it."""
from __future__ import annotations

import ctypes
from dataclasses import dataclass

from ._library import Cap, library
from .error import check


@dataclass(frozen=True)
class Capability:
    """Four words of 32 bits. A process that has them may map the actor's memory and end the actor.

    A value: comparable, hashable, picklable. str() prints the words as C programs read them with readCap, and
    `parse` reads them back.
    """

    words: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        if len(self.words) != 4 or not all(0 <= word < 1 << 32 for word in self.words):
            raise ValueError(f"a capability has four words of 32 bits, not {self.words!r}")

    @classmethod
    def own(cls) -> Capability:
        """The capability of this process. Makes the process an actor if it is none; Error (K_EFAIL) without a kernel.

        A child of fork is another actor and has another capability.
        """
        cap = Cap()
        check("actorSelf", library.actorSelf(ctypes.byref(cap)))
        return cls._from_c(cap)

    @classmethod
    def parse(cls, text: str) -> Capability:
        """Reads what str() prints: four numbers, hexadecimal with 0x. ValueError if `text` is something else."""
        words = text.split()
        if len(words) != 4:
            raise ValueError(f"a capability has four words, not {len(words)}: {text!r}")
        first, second, third, fourth = (int(word, 0) for word in words)
        return cls((first, second, third, fourth))

    @property
    def aid(self) -> int:
        """The actor id, as `chorus ps` shows it."""
        return self.words[1]

    def __str__(self) -> str:
        return " ".join(f"{word:#x}" for word in self.words)

    @classmethod
    def _from_c(cls, cap: Cap) -> Capability:
        first, second, third, fourth = cap.words
        return cls((first, second, third, fourth))

    def _to_c(self) -> Cap:
        return Cap((ctypes.c_uint32 * 4)(*self.words))
