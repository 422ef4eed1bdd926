"""What several tests need."""
import json
import os
import signal
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path

import chorus

BUILD = Path(os.environ["CHORUS_BUILD"])
SOURCE = Path(__file__).resolve().parent.parent.parent
LONG_S = 60  # turns a hang into a failure


def command(*words):
    """What a command of `chorus` prints as JSON."""
    return json.loads(subprocess.run(["chorus", *words, "--json"], stdout=subprocess.PIPE, check=True).stdout)


def regions_of(aid=None):
    """The first addresses of an actor's regions; without an aid, of this process."""
    aid = chorus.Capability.own().aid if aid is None else aid
    return [row["start"] for row in command("regions") if row["aid"] == aid]


def await_sleeper(aid):
    """Until a thread of the actor sleeps on a semaphore."""
    while not any(sleeper["aid"] == aid for row in command("waits")["semaphores"] for sleeper in row["sleepers"]):
        pass


def await_sleep(pid):
    """Until the main thread of the process sleeps, in whatever."""
    while Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "S":
        pass


def await_end(aid):
    """Until the kernel has deleted the actor."""
    while any(row["aid"] == aid for row in command("ps")):
        pass


def python(program, *arguments, **options):
    """A process that runs a Python program with this environment; its output is read with communicate()."""
    words = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(words, **options)


def finish(process, text=None):
    """Its exit status, output and error output. SIGKILL if it hangs."""
    try:
        output, errors = process.communicate(text, timeout=LONG_S)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        raise AssertionError(f"a process hangs: {output}{errors}") from None
    return process.returncode, output, errors


def in_fork(work):
    """Calls `work` in a child of fork and returns the child's exit status: 0 if it returned a true value."""
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class TestCase(unittest.TestCase):
    """Fails a test that hangs, and one that leaves a region behind."""

    def setUp(self):
        chorus.Capability.own()
        self.before = regions_of()
        signal.signal(signal.SIGALRM, self._hangs)
        signal.alarm(LONG_S * 2)

    def tearDown(self):
        signal.alarm(0)
        self.assertEqual(regions_of(), self.before, "regions are left")

    def _hangs(self, *_):
        raise AssertionError("the test hangs")
