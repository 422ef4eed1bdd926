"""Semaphores between threads and between processes, and what signals do to them."""
import os
import random
import signal
import sys
import threading
import time
import unittest

import chorus
from support import LONG_S, TestCase, await_sleep, await_sleeper, finish, in_fork, python

# Maps the page of the test and waits on the semaphore at its start.
SLEEPER = """
    import chorus, sys
    region = chorus.Region.map_from(chorus.Capability.parse(sys.argv[1]), int(sys.argv[2]), 4096)
    print(chorus.Capability.own().aid, flush=True)
    print(chorus.Semaphore(region).acquire(*map(float, sys.argv[3:])), flush=True)
"""


class Semaphores(TestCase):
    def setUp(self):
        super().setUp()
        self.region = chorus.Region(4096)
        self.semaphore = chorus.Semaphore(self.region).init()

    def tearDown(self):
        self.assertFalse(self.semaphore.acquire(timeout=0), "a token is left")
        del self.semaphore
        self.region.close()
        super().tearDown()

    def sleeper(self, *timeout):
        process = python(SLEEPER, chorus.Capability.own(), self.region.address, *timeout)
        await_sleeper(int(process.stdout.readline()))
        return process

    def test_tokens_are_taken_and_given(self):
        semaphore = chorus.Semaphore(self.region, 64).init(2)
        self.assertTrue(semaphore.acquire())
        self.assertTrue(semaphore.acquire(timeout=0))
        self.assertFalse(semaphore.acquire(timeout=0))
        semaphore.release()
        with semaphore:
            self.assertFalse(semaphore.acquire(timeout=0))
        self.assertTrue(semaphore.acquire(timeout=LONG_S))
        self.assertIn(f"{self.region.address + 64:#x}", repr(semaphore))

    def test_a_timeout_is_kept(self):
        start = time.monotonic()
        self.assertFalse(self.semaphore.acquire(timeout=0.05))
        self.assertGreaterEqual(time.monotonic() - start, 0.05)
        self.semaphore.release()
        self.assertTrue(self.semaphore.acquire(timeout=float("inf")))
        self.semaphore.release()
        self.assertTrue(self.semaphore.acquire(timeout=1e300))
        for wrong in (-1, float("nan"), float("-inf")):
            with self.assertRaisesRegex(ValueError, "not negative"):
                self.semaphore.acquire(timeout=wrong)

    def test_refusals(self):
        for offset in (4, -8, 4096 - 24, 4096):
            with self.assertRaisesRegex(ValueError, "no semaphore can be at"):
                chorus.Semaphore(self.region, offset)
        zeros = chorus.Semaphore(self.region, 128)
        for call, name in (zeros.acquire, "semP"), (zeros.release, "semV"):
            with self.assertRaisesRegex(chorus.Error, f"{name}: .*K_EINVAL"):
                call()
        for tokens in (-1, 0x40000000):
            with self.assertRaisesRegex(ValueError, "cannot hold"):
                zeros.init(tokens)
        zeros.init(0x3FFFFFFF)
        with self.assertRaisesRegex(chorus.Error, "semV: .*K_EINVAL"):
            zeros.release()
        with chorus.Region.map_from(chorus.Capability.own(), self.region.address, 4096, writable=False) as shown:
            with self.assertRaisesRegex(chorus.Error, "semP: .*K_EFAULT"):
                chorus.Semaphore(shown).acquire()
        with self.assertRaisesRegex(ValueError, "closed"):
            chorus.Semaphore(shown)

    def test_a_semaphore_keeps_its_memory(self):
        semaphore = chorus.Semaphore(chorus.Region(4096)).init(1)
        self.assertTrue(semaphore.acquire())
        self.assertFalse(semaphore.acquire(timeout=0))

    def test_a_thread_that_waits_does_not_stop_others(self):
        got = []
        thread = threading.Thread(target=lambda: got.append(self.semaphore.acquire(timeout=LONG_S)))
        thread.start()
        await_sleeper(chorus.Capability.own().aid)
        self.semaphore.release()
        thread.join()
        self.assertEqual(got, [True])

    def test_processes_are_woken_in_order(self):
        first, second = self.sleeper(LONG_S), self.sleeper()
        self.semaphore.release()
        self.assertEqual(finish(first), (0, "True\n", ""))
        self.assertIsNone(second.poll())
        self.semaphore.release()
        self.assertEqual(finish(second), (0, "True\n", ""))

    def test_a_child_of_fork_gives_a_token(self):
        self.assertEqual(in_fork(lambda: self.semaphore.release() is None), 0)
        self.assertTrue(self.semaphore.acquire(timeout=LONG_S))

    def test_ctrl_c_ends_the_wait_and_takes_no_token(self):
        for timeout in ((), (LONG_S * 2,)):
            sleeper = self.sleeper(*timeout)
            await_sleep(sleeper.pid)  # it is announced a moment before it sleeps
            sleeper.send_signal(signal.SIGINT)
            status, output, errors = finish(sleeper)
            self.assertEqual((status, output), (-signal.SIGINT, ""))
            self.assertIn("KeyboardInterrupt", errors)
            self.semaphore.release()
            self.assertTrue(self.semaphore.acquire(timeout=0))

    def test_a_handler_that_returns_does_not_end_the_wait(self):
        runs = []
        signal.signal(signal.SIGUSR1, lambda *_: runs.append(1))
        main = threading.main_thread().ident

        def disturb():
            for number in range(20):
                await_sleeper(chorus.Capability.own().aid)
                await_sleep(os.getpid())
                signal.pthread_kill(main, signal.SIGUSR1)
                while len(runs) == number:  # signals that wait become one
                    pass
            self.semaphore.release()

        thread = threading.Thread(target=disturb)
        thread.start()
        self.assertTrue(self.semaphore.acquire(timeout=LONG_S))
        thread.join()
        self.assertEqual(len(runs), 20)

    def test_the_deadline_stays_when_handlers_run(self):
        signal.signal(signal.SIGALRM, lambda *_: None)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        self.assertFalse(self.semaphore.acquire(timeout=0.1))
        self.assertGreaterEqual(time.monotonic() - start, 0.1)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def test_exceptions_of_handlers_lose_no_token(self):
        class Interrupted(Exception):
            pass

        frames = (chorus.Semaphore.acquire.__code__,)

        def handler(_, frame):
            # After acquire has returned, the token is the caller's.
            if frame.f_code in frames:
                raise Interrupted

        signal.signal(signal.SIGALRM, handler)
        rounds, taken, interrupted = 2000, 0, 0
        go_on = threading.Semaphore(0)

        def give():
            for _ in range(rounds):
                go_on.acquire()
                self.semaphore.release()

        thread = threading.Thread(target=give)
        thread.start()
        for _ in range(rounds):
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 3e-4))
            go_on.release()
            try:
                taken += self.semaphore.acquire(timeout=LONG_S)
            except Interrupted:
                interrupted += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        thread.join()
        while self.semaphore.acquire(timeout=0):
            taken += 1
        print(f"{interrupted} of {rounds} waits interrupted", file=sys.stderr)
        self.assertEqual(taken, rounds)


class Deaths(TestCase):
    def test_a_sleeper_that_is_killed_takes_no_token(self):
        with chorus.Region(4096) as region:
            semaphore = chorus.Semaphore(region).init()
            process = python(SLEEPER, chorus.Capability.own(), region.address)
            await_sleeper(int(process.stdout.readline()))
            process.kill()
            self.assertEqual(finish(process)[0], -signal.SIGKILL)
            semaphore.release()
            self.assertTrue(semaphore.acquire(timeout=0))
            del semaphore
