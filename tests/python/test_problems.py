"""The table of docs/python.md: each problem with multiprocessing.shared_memory, and the same situation with chorus."""
import os
import signal
import subprocess
import sys
import textwrap
import unittest
from multiprocessing import shared_memory
from pathlib import Path

import chorus
from support import LONG_S, TestCase, await_end, finish, python, regions_of

try:
    import numpy
except ImportError:
    numpy = None

SMALL_SHM = 8 << 20
# A private file system for /dev/shm, which ends with the process. An ordinary user needs a user namespace for it.
OWN_SHM = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size={SMALL_SHM} tmpfs /dev/shm && exec "$0" "$@"']
if os.geteuid() != 0:
    OWN_SHM.insert(1, "--map-root-user")


def may_have_own_shm():
    return subprocess.run([*OWN_SHM, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def names_in_shm(prefix):
    """Other programs have names there, too."""
    return {name for name in os.listdir("/dev/shm") if name.startswith(prefix)}


class SharedMemory(unittest.TestCase):
    """multiprocessing.shared_memory as the page describes it."""

    def test_the_tracker_of_a_reader_unlinks_the_segment_of_the_writer(self):
        segment = shared_memory.SharedMemory(create=True, size=4096)
        reader = python(
            "import sys; from multiprocessing import shared_memory; shared_memory.SharedMemory(sys.argv[1]).close()",
            segment.name,
        )
        self.assertEqual(finish(reader)[0], 0)
        with self.assertRaises(FileNotFoundError):
            while True:  # the tracker ends a moment after its process
                shared_memory.SharedMemory(segment.name).close()
        segment.close()
        with self.assertRaises(FileNotFoundError):
            segment.unlink()

    def test_a_crash_of_all_processes_leaves_the_segment(self):
        writer = python(
            """
            import sys
            from multiprocessing import shared_memory
            segment = shared_memory.SharedMemory(create=True, size=4096)
            print(segment.name, flush=True)
            sys.stdin.read()
            """,
            start_new_session=True,
        )
        name = writer.stdout.readline().strip()
        os.killpg(writer.pid, signal.SIGKILL)  # with its tracker, as by a container that is stopped
        self.assertEqual(finish(writer)[0], -signal.SIGKILL)
        self.assertEqual(names_in_shm(name), {name})
        with self.assertRaises(FileExistsError):
            shared_memory.SharedMemory(name, create=True, size=4096)
        os.unlink(f"/dev/shm/{name}")

    @unittest.skipUnless(may_have_own_shm(), "this user may not mount a file system")
    def test_memory_that_is_not_there_is_a_bus_error(self):
        program = """
            import sys
            from multiprocessing import shared_memory
            segment = shared_memory.SharedMemory(create=True, size=int(sys.argv[1]))
            print("created", flush=True)
            segment.buf[:] = bytes(segment.size)
            """
        words = [*OWN_SHM, sys.executable, "-c", textwrap.dedent(program), str(SMALL_SHM * 2)]
        said = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((said.returncode, said.stdout), (-signal.SIGBUS, "created\n"))

    def test_close_fails_while_a_view_exists(self):
        segment = shared_memory.SharedMemory(create=True, size=4096)
        part = segment.buf[10:20]
        with self.assertRaises(BufferError):
            segment.close()
        part.release()
        segment.close()
        segment.unlink()

    @unittest.skipIf(numpy is None, "python3-numpy is not installed")
    def test_an_array_after_close_is_a_segmentation_fault(self):
        process = python(
            """
            import numpy
            from multiprocessing import shared_memory
            segment = shared_memory.SharedMemory(create=True, size=1 << 20)
            array = numpy.ndarray((1 << 20,), numpy.uint8, buffer=segment.buf)
            segment.unlink()
            segment.close()
            print("closed", flush=True)
            array[0] = 1
            """
        )
        self.assertEqual(finish(process)[:2], (-signal.SIGSEGV, "closed\n"))


class Chorus(TestCase):
    """The same situations."""

    def test_a_reader_takes_nothing_from_the_writer(self):
        with chorus.Region(4096) as region:
            region.buf[0] = 7
            for _ in range(2):
                reader = python(
                    """
                    import chorus, sys
                    with chorus.Region.map_from(chorus.Capability.parse(sys.argv[1]), int(sys.argv[2]), 4096) as region:
                        print(region.buf[0])
                    """,
                    chorus.Capability.own(),
                    region.address,
                )
                self.assertEqual(finish(reader), (0, "7\n", ""))
            self.assertEqual(region.buf[0], 7)

    def test_a_crash_of_all_processes_leaves_nothing(self):
        before = names_in_shm("chorus")
        writer = python(
            """
            import chorus, sys
            region = chorus.Region(4096)
            print(chorus.Capability.own().aid, flush=True)
            sys.stdin.read()
            """,
            start_new_session=True,
        )
        aid = int(writer.stdout.readline())
        self.assertEqual(len(regions_of(aid)), 1)
        os.killpg(writer.pid, signal.SIGKILL)
        self.assertEqual(finish(writer)[0], -signal.SIGKILL)
        await_end(aid)
        self.assertEqual(regions_of(aid), [])
        self.assertEqual(names_in_shm("chorus"), before)

    @unittest.skipUnless(may_have_own_shm(), "this user may not mount a file system")
    def test_memory_that_is_not_there_is_an_exception(self):
        program = """
            import os, subprocess, sys, textwrap
            site = f"test-python-small-{os.getpid()}"
            kernel = subprocess.Popen(["chorusd", "--site", site], stdout=subprocess.PIPE)
            kernel.stdout.readline()
            actor = '''
            import chorus, sys
            try:
                chorus.Region(int(sys.argv[1]))
            except chorus.Error as error:
                print(error.name)
            with chorus.Region(int(sys.argv[1]) // 4) as region:
                region.buf[:] = bytes(region.size)
                print("written")
            '''
            subprocess.run([sys.executable, "-c", textwrap.dedent(actor), sys.argv[1]],
                           env={**os.environ, "CHORUS_SITE": site}, check=True)
            kernel.terminate()
            kernel.wait()
            """
        words = [*OWN_SHM, sys.executable, "-c", textwrap.dedent(program), str(SMALL_SHM * 2)]
        said = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=LONG_S, check=False
        )
        self.assertEqual((said.returncode, said.stdout), (0, "K_ENOMEM\nwritten\n"), said.stderr)

    def test_close_succeeds_while_a_view_exists(self):
        region = chorus.Region(4096)
        part = region.buf[10:20]
        region.close()
        part[0] = 1
        self.assertEqual(part[0], 1)
        part.release()

    @unittest.skipIf(numpy is None, "python3-numpy is not installed")
    def test_an_array_after_close_is_valid(self):
        region = chorus.Region(1 << 20)
        array = numpy.ndarray((1 << 20,), numpy.uint8, buffer=region.buf)
        region.close()
        array[0] = 1
        self.assertEqual(array[0], 1)
