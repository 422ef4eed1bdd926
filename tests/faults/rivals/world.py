"""What a fault is played in: directories that nobody else uses, where that is allowed, and the processes started there.

Every wait has a deadline and waits for something: a line, the end of a process (pidfd), or a state that is looked at.
"""

import contextlib
import ctypes
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

DIRECTORIES = ("/dev/shm", "/tmp", "/run")
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


LIBC = ctypes.CDLL(None)


def adopt_orphans():
    """What outlives a process that we started becomes our child, to be ended and waited for."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(parent):
    children = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            children.append(int(name))
    return children


def wait_readable(descriptor, limit_s):
    return bool(select.select([descriptor], [], [], max(0.0, limit_s))[0])


def wait_ended(pid, limit_s):
    """Whether the process, which need not be a child, has ended in time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return wait_readable(descriptor, limit_s)
    finally:
        os.close(descriptor)


def becomes(condition, limit_s):
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= end:
            return False
        select.select([], [], [], 0.002)
    return True


@dataclass
class Reply:
    """What came of a command. `kind` is ok, timeout, error, hang (no reply in time) or end (of the process)."""

    kind: str
    text: str = ""

    @property
    def ok(self):
        return self.kind == "ok"

    def words(self):
        """In a sentence, after a colon."""
        return {
            "timeout": "it waited in vain",
            "hang": f"no reply in {self.text}",
            "end": self.text,
            "error": f'"{self.text}"',
        }.get(self.kind, self.kind)


def ending(status):
    if status >= 0:
        return f"ended with status {status}"
    return f"ended by {signal.Signals(-status).name}"


def prepare(group):
    """In the child, before it becomes the program: one group for all of a world, no core files, and no life without
    this script."""
    os.setpgid(0, group)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Process:
    def __init__(self, words, environment, group):
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            preexec_fn=lambda: prepare(group),
        )
        self.pid = self.process.pid
        self.rest = b""
        self.closed = False

    def line(self, limit_s):
        """The next line that it writes; None at its end or when the time is up."""
        end = time.monotonic() + limit_s
        while b"\n" not in self.rest:
            if not wait_readable(self.process.stdout, end - time.monotonic()):
                return None
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                self.closed = True
                return None
            self.rest += read
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="replace")

    def line_with(self, pattern, limit_s):
        end = time.monotonic() + limit_s
        while (line := self.line(end - time.monotonic())) is not None:
            if match := re.search(pattern, line):
                return match
        return None

    def ask(self, command, limit_s=5.0):
        try:
            self.process.stdin.write(command.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return Reply("end", self.how_it_ended())
        reply = self.line_with(r"^(ok|timeout|error) ?(.*)", limit_s)
        if reply:
            return Reply(reply[1], reply[2].strip())
        if self.closed:
            return Reply("end", self.how_it_ended())
        return Reply("hang", f"{limit_s:g} s")

    def how_it_ended(self):
        """Of one that writes no more: its end comes a moment after."""
        if not wait_ended(self.pid, 5):
            return "closed its output and went on"
        return ending(self.process.wait())

    def kill(self):
        """Returns the time of the kill, when the process has ended."""
        killed_at = time.monotonic()
        os.kill(self.pid, signal.SIGKILL)
        wait_ended(self.pid, 5)
        self.process.wait()
        return killed_at

    def end(self, limit_s=3.0):
        """Asks it to end in order; returns whether it has."""
        try:
            self.process.stdin.write(b"quit\n")
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return wait_ended(self.pid, limit_s)

    def terminate(self, limit_s):
        """SIGTERM; returns whether it ended in time."""
        os.kill(self.pid, signal.SIGTERM)
        return wait_ended(self.pid, limit_s)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


class Directories:
    """Those in which names may be left. Private ones are empty to begin with, and gone with this process."""

    def __init__(self, private, tree):
        self.private = private
        if private:
            for directory in DIRECTORIES:
                self.cover(directory, tree)
        self.own_names = self.names()

    @staticmethod
    def cover(directory, tree):
        """Mounts an empty file system over a directory, and the tree, if it lies in there, back into it."""
        within = os.path.commonpath([directory, tree]) == directory
        held = os.open(tree, os.O_PATH) if within else -1
        subprocess.run(["mount", "--no-mtab", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", directory], check=True)
        if within:
            os.makedirs(tree)
            source = f"/proc/{os.getpid()}/fd/{held}"
            subprocess.run(["mount", "--no-mtab", "--no-canonicalize", "--bind", source, tree], check=True)
            os.close(held)
            os.chdir(tree)

    @staticmethod
    def names():
        return {f"{directory}/{name}" for directory in DIRECTORIES for name in os.listdir(directory)}

    @staticmethod
    def used_kib():
        about = os.statvfs("/dev/shm")
        return (about.f_blocks - about.f_bfree) * about.f_frsize // 1024

    @contextlib.contextmanager
    def small_shared_memory(self, mib):
        """Another /dev/shm, of that size."""
        subprocess.run(["mount", "--no-mtab", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", "/dev/shm"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--no-mtab", "/dev/shm"], check=True)


class World:
    """The processes of one fault, all of one process group, and what they leave in the directories."""

    def __init__(self, directories, owns):
        self.directories = directories
        self.owns = owns
        self.processes = []
        self.begin()

    def begin(self):
        """A group for the processes that follow."""
        self.holder = subprocess.Popen(["cat"], stdin=subprocess.PIPE, preexec_fn=lambda: prepare(0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_all()
        self.sweep()

    def start(self, words, environment):
        process = Process(words, environment, self.holder.pid)
        self.processes.append(process)
        return process

    def kill_all(self):
        """Everything at once: one signal to the group, and by its id whoever had left it."""
        os.killpg(self.holder.pid, signal.SIGKILL)
        self.holder.wait()
        self.holder.stdin.close()
        for process in self.processes:
            process.close()
        self.processes = []
        while orphans := children_of(os.getpid()):
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)

    def names(self):
        return {name for name in self.directories.names() - self.directories.own_names if self.mine(name)}

    def mine(self, name):
        return self.directories.private or self.owns(os.path.basename(name))

    def used_kib(self):
        """Of shared memory. Where others use it too, nobody can tell: None."""
        return self.directories.used_kib() if self.directories.private else None

    def sweep(self):
        for name in self.names():
            if os.path.isdir(name):
                shutil.rmtree(name)
            else:
                os.unlink(name)
