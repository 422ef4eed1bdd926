"""Regions, semaphores and actors of a chorus site.

A process becomes an actor with its first call: `Region`, `Capability.own`, `spawn` or `Site.actors`. A refused call
raises `Error` and changes nothing. All functions may be called by several threads at once. docs/python.md has an
introduction, and describes what happens with fork and multiprocessing.
"""
from __future__ import annotations

from ._library import PAGE_SIZE
from .capability import Capability
from .error import Error
from .region import Region
from .semaphore import Semaphore
from .site import Actor, Site
from .spawn import spawn, wait

__all__ = ["PAGE_SIZE", "Actor", "Capability", "Error", "Region", "Semaphore", "Site", "spawn", "wait"]
