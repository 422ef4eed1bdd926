"""Capabilities, starting and waiting for actors, what a site lists, and the command line."""
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import chorus
from support import BUILD, LONG_S, TestCase, await_sleep, command, finish, in_fork, python

KERNEL = os.environ["CHORUS_SITE"]


class Capabilities(TestCase):
    def test_are_values(self):
        own = chorus.Capability.own()
        self.assertEqual(own, chorus.Capability.own())
        self.assertEqual({own: 1}[chorus.Capability(own.words)], 1)
        self.assertNotEqual(own, chorus.Capability((1, 2, 3, 4)))
        self.assertEqual(pickle.loads(pickle.dumps(own)), own)
        self.assertEqual(own.aid, next(row["aid"] for row in command("ps") if row["pid"] == os.getpid()))

    def test_print_as_four_words_and_are_read_back(self):
        capability = chorus.Capability((0x2B0BAB, 1, 0xFFFFFFFF, 0))
        self.assertEqual(str(capability), "0x2b0bab 0x1 0xffffffff 0x0")
        self.assertEqual(chorus.Capability.parse(str(capability)), capability)
        self.assertEqual(chorus.Capability.parse("1 2 0x3 4").words, (1, 2, 3, 4))
        for wrong in ("", "1 2 3", "1 2 3 4 5", "1 2 3 x", "1 2 3 0x100000000", "-1 2 3 4"):
            with self.assertRaises(ValueError):
                chorus.Capability.parse(wrong)

    def test_a_child_of_fork_has_another_one(self):
        own = chorus.Capability.own()
        self.assertEqual(in_fork(lambda: chorus.Capability.own() != own), 0)


class Spawn(TestCase):
    def test_wait_tells_how_the_child_ended(self):
        self.assertEqual(chorus.wait(chorus.spawn("true")), 0)
        self.assertEqual(chorus.wait(chorus.spawn("sh", "-c", "exit 42")), 42)
        self.assertEqual(chorus.wait(chorus.spawn("sh", "-c", "kill -SEGV $$")), -signal.SIGSEGV)
        child = chorus.spawn("sleep", "1000")
        subprocess.run(["chorus", "kill", str(child.aid)], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(chorus.wait(child), -128)

    def test_the_end_is_reported_once(self):
        child = chorus.spawn("true")
        self.assertEqual(chorus.wait(child), 0)
        for stranger in child, chorus.Capability.own():
            with self.assertRaises(ProcessLookupError):
                chorus.wait(stranger)

    def test_a_wait_may_time_out_and_be_repeated(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo)
            child = chorus.spawn("sh", "-c", 'read -r line < "$0"; exit 3', fifo)
            with self.assertRaises(TimeoutError):
                chorus.wait(child, timeout=0.01)
            Path(fifo).write_text("go on\n", encoding="ascii")
            self.assertEqual(chorus.wait(child, timeout=LONG_S), 3)

    def test_ctrl_c_ends_a_wait(self):
        process = python(
            """
            import chorus
            child = chorus.spawn("sleep", "1000")
            try:
                print(child.aid, flush=True)
                chorus.wait(child)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            print(chorus.wait(child))
            """
        )
        aid = process.stdout.readline().strip()
        await_sleep(process.pid)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.readline(), "interrupted\n")
        subprocess.run(["chorus", "kill", aid], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(finish(process), (0, "-128\n", ""))

    def test_arguments_directory_and_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            script = 'printf "%s\\n" "$PWD" "$COLOUR" "$@" > said'
            child = chorus.spawn("sh", "-c", script, "sh", "a b", b"\xff", cwd=folder)
            self.assertEqual(chorus.wait(child), 0)
            said = Path(folder, "said").read_bytes().splitlines()
            self.assertEqual(said[:1] + said[2:], [os.fsencode(os.path.realpath(folder)), b"a b", b"\xff"])
            child = chorus.spawn("sh", "-c", script, cwd=folder, env={"COLOUR": "blue"})
            self.assertEqual(chorus.wait(child), 0)
            self.assertEqual(Path(folder, "said").read_bytes().splitlines()[1], b"blue")

    def test_refusals(self):
        with self.assertRaisesRegex(FileNotFoundError, "no-such-program"):
            chorus.spawn("no-such-program")
        with self.assertRaises(FileNotFoundError):
            chorus.spawn("no-such-program", env={})
        with self.assertRaises(PermissionError):
            chorus.spawn("/etc/passwd")
        with self.assertRaises(NotADirectoryError):
            chorus.spawn("true", cwd="/etc/passwd")

    def test_a_child_of_fork_cannot_wait_for_its_parents_children(self):
        child = chorus.spawn("sleep", "1000")

        def wait_in_fork():
            try:
                chorus.wait(child)
            except ProcessLookupError:
                return True
            return False

        with self.assertRaises(TimeoutError):
            chorus.wait(child, timeout=0.01)  # a thread waits now
        self.assertEqual(in_fork(wait_in_fork), 0)
        subprocess.run(["chorus", "kill", str(child.aid)], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(chorus.wait(child), -128)


class Sites(TestCase):
    def test_list_their_actors(self):
        own = chorus.Capability.own()
        child = chorus.spawn("sleep", "1000")
        for actors in chorus.Site.actors(), chorus.Site.actors(KERNEL):
            listed = {actor.aid: actor for actor in actors}
            self.assertEqual(listed[own.aid].pid, os.getpid())
            self.assertEqual(listed[own.aid].state, "running")
            self.assertEqual((listed[child.aid].name, listed[child.aid].parent), ("sleep", own.aid))
            self.assertEqual(listed[child.aid].uid, os.getuid())
        subprocess.run(["chorus", "kill", str(child.aid)], check=True, stdout=subprocess.DEVNULL)
        chorus.wait(child)
        with self.assertRaisesRegex(ConnectionError, "no kernel serves site 'nowhere'"):
            chorus.Site.actors("nowhere")

    def test_a_private_kernel_is_the_site_of_its_actors(self):
        environment = {name: value for name, value in os.environ.items() if name != "CHORUS_SITE"}
        program = """
            import chorus
            own = chorus.Capability.own()
            print(own.aid in [actor.aid for actor in chorus.Site.actors()])
            """
        status, output, errors = finish(python(program, env=environment))
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(output, "True\n")


class CommandLine(TestCase):
    def chorus_module(self, *words, **options):
        program = [sys.executable, "-m", "chorus", *words]
        return subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def test_any_command_of_chorus_runs(self):
        listed = self.chorus_module("ps", "--no-headers")
        self.assertEqual((listed.returncode, listed.stderr), (0, ""))
        self.assertIn(f" {os.getpid()} ", listed.stdout)
        self.assertEqual(self.chorus_module("run", "sh", "-c", "exit 7").returncode, 7)
        wrong = self.chorus_module("sp")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("chorus", wrong.stderr)

    def test_the_command_may_be_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder, "libchorus.so.0")
            library.write_bytes((BUILD / "lib" / "libchorus.so.0").read_bytes())
            said = self.chorus_module("ps", env={**os.environ, "LIBCHORUS": str(library), "PATH": folder})
            self.assertEqual(said.returncode, 1)
            self.assertIn("the command 'chorus' is not installed", said.stderr)

    def test_the_library_may_be_missing(self):
        for library in "/nowhere/libchorus.so.0", "libc.so.6":
            said = self.chorus_module("ps", env={**os.environ, "LIBCHORUS": library})
            self.assertEqual(said.returncode, 1)
            self.assertRegex(said.stderr, f"ImportError: cannot load {library}: .*; install the package libchorus0")
