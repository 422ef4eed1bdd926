"""What a site knows: its actors."""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, fields

from ._library import command
from .capability import Capability


@dataclass(frozen=True)
class Actor:
    """A row of `chorus ps`. docs/schema/ps.json describes the values."""

    aid: int
    name: str
    parent: int
    parent_name: str | None
    pid: int
    privilege: str
    state: str
    uid: int
    unique_id: str


class Site:
    """The actors that one kernel serves."""

    @staticmethod
    def actors(site: str | None = None) -> list[Actor]:
        """The actors of a site, by actor id; without a name, of the site of this process, which joins it first.

        Runs the command `chorus ps --json` and waits for it. ConnectionError: no kernel serves the site.
        FileNotFoundError: the command is not installed.
        """
        if site is None:
            Capability.own()
        arguments = [command(), "ps", "--json=1"]
        if site is not None:
            arguments += ["--site", site]
        listed = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if listed.returncode != 0:
            raise ConnectionError(listed.stderr.decode(errors="replace").strip())
        names = {field.name for field in fields(Actor)}
        return [
            Actor(**{name: value for name, value in row.items() if name in names})
            for row in json.loads(listed.stdout)
        ]
