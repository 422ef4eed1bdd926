"""The contestants: how each is found, started and, where it has a daemon, served."""

import grp
import os
import re
import shutil
import subprocess
import time

from world import children_of

CALL_LIMIT_S = 3
READY_LIMIT_S = 8


def told_by(*words):
    """What a program prints; nothing where there is no such program."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def version_of(package):
    return told_by("dpkg-query", "-W", "-f", "${Version}", package) or "of unknown version"


class Contestant:
    name = ""
    title = ""
    packages = ()
    lock_name = ""
    has_daemon = False

    def __init__(self, tree):
        self.tree = tree
        self.program = f"{tree}/build/rivals/{self.name}"
        self.shared_name = f"rival-{os.getpid()}"
        self.environment = {}

    def missing(self):
        """What keeps it from taking part; empty if nothing does."""
        return "" if os.path.exists(self.program) else f"not installed ({', '.join(self.packages)})"

    def in_the_way(self, directories):
        """What keeps it from taking part in directories that others use."""
        del directories
        return ""

    def versions(self):
        return ", ".join(f"{package} {version_of(package)}" for package in self.packages)

    def owns(self, name):
        """Whether a name in a directory is one that it leaves."""
        return self.shared_name in name

    def start_daemon(self, world, limit_s=READY_LIMIT_S):
        """Returns it when it serves; None where there is none, or where it did not come to serve."""
        del world, limit_s

    def start(self, world):
        return world.start([self.program], self.environment)


class Daemon:
    def __init__(self, process, ready_ms):
        self.process = process
        self.ready_ms = ready_ms

    def serving(self):
        """The process that serves: the child, where the one that was started has one."""
        return (children_of(self.process.pid) or [self.process.pid])[0]

    def all(self):
        return [self.process.pid, *children_of(self.process.pid)]


class Chorus(Contestant):
    name = "chorus"
    title = "chorus"
    lock_name = "a `chorus::robust_mutex`"
    has_daemon = True

    def __init__(self, tree):
        super().__init__(tree)
        self.environment = {"CHORUS_SITE": self.shared_name, "CHORUS_TIMEOUT_MS": str(CALL_LIMIT_S * 1000)}

    def versions(self):
        return f"sources of {told_by('git', '-C', self.tree, 'log', '-1', '--format=%cs') or 'an unknown date'}"

    def start_daemon(self, world, limit_s=READY_LIMIT_S):
        started = time.monotonic()
        daemon = world.start([f"{self.tree}/build/release/bin/chorusd", "--site", self.shared_name], {})
        ready = daemon.line_with(r"is ready, pid (\d+)", limit_s)
        return Daemon(daemon, (time.monotonic() - started) * 1000) if ready else None


class Iceoryx(Contestant):
    name = "iceoryx"
    title = "iceoryx"
    packages = ("iceoryx", "libiceoryx-posh-dev")
    lock_name = "the first lock that publishing takes"
    has_daemon = True
    last_daemon = None  # the one that was started last, whether it serves or not

    def missing(self):
        return super().missing() or ("" if shutil.which("iox-roudi") else "not installed (iceoryx)")

    def in_the_way(self, directories):
        taken = [name for name in directories.own_names if self.owns(os.path.basename(name))]
        return f"another RouDi has {taken[0]}" if taken and not directories.private else ""

    def owns(self, name):
        fixed = ("iceoryx_mgmt", grp.getgrgid(os.getegid()).gr_name, "roudi", "roudi.lock", "iox-unique-roudi.lock")
        return name in fixed or re.fullmatch(r"rival-\d+(\.lock)?", name) is not None

    def start_daemon(self, world, limit_s=READY_LIMIT_S, pool_bytes=0):
        """With the pools it has by itself, or with one pool of one chunk."""
        started = time.monotonic()
        self.last_daemon = world.start(["iox-roudi", *self.pool_words(pool_bytes)], {})
        ready = self.last_daemon.line_with("is ready for clients", limit_s)
        return Daemon(self.last_daemon, (time.monotonic() - started) * 1000) if ready else None

    def pool_words(self, pool_bytes):
        if not pool_bytes:
            return []
        path = f"{self.tree}/build/rivals/pool.toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write("[general]\nversion = 1\n[[segment]]\n[[segment.mempool]]\n")
            file.write(f"size = {pool_bytes}\ncount = 1\n")
        return ["-c", path]


class Boost(Contestant):
    name = "boost"
    title = "Boost.Interprocess"
    packages = ("libboost1.74-dev",)
    lock_name = "an `interprocess_mutex`"

    def versions(self):
        package = told_by("dpkg", "-S", "/usr/include/boost/version.hpp").split(":")[0] or self.packages[0]
        return f"{package} {version_of(package)}"


class Posix(Contestant):
    name = "posix"
    title = "POSIX shm and sem_t"
    packages = ("libc6",)
    lock_name = "a `sem_t` with one token"


ALL = (Chorus, Iceoryx, Boost, Posix)
