"""acquire_async: it does not block the event loop, and a cancelled task loses no token."""
import asyncio
import gc
import random
import sys
import threading

import chorus
from support import LONG_S, TestCase


def waiting_threads():
    return [thread for thread in threading.enumerate() if thread.name == "chorus-acquire"]


class AcquireAsync(TestCase):
    def setUp(self):
        super().setUp()
        self.region = chorus.Region(4096)
        self.semaphore = chorus.Semaphore(self.region).init()

    def tearDown(self):
        for thread in waiting_threads():
            thread.join()
        self.assertFalse(self.semaphore.acquire(timeout=0), "a token is left")
        del self.semaphore
        self.region.close()
        gc.collect()  # tasks and their exceptions are cycles, and refer to the semaphore
        super().tearDown()

    def test_takes_a_token_that_is_there(self):
        self.semaphore.release()
        self.assertIs(asyncio.run(self.semaphore.acquire_async()), True)
        self.assertEqual(waiting_threads(), [])

    def test_others_run_while_it_waits(self):
        async def give_later():
            for _ in range(10):
                await asyncio.sleep(0)
            self.semaphore.release()

        async def both():
            return await asyncio.gather(self.semaphore.acquire_async(), give_later())

        self.assertEqual(asyncio.run(both()), [True, None])

    def test_waits_longer_than_a_slice(self):
        async def both():
            task = asyncio.ensure_future(self.semaphore.acquire_async())
            await asyncio.sleep(0.25)
            self.assertFalse(task.done())
            self.semaphore.release()
            return await task

        self.assertTrue(asyncio.run(both()))

    def test_async_with_takes_and_gives(self):
        async def use():
            async with self.semaphore:
                self.assertFalse(self.semaphore.acquire(timeout=0))

        self.semaphore.release()
        asyncio.run(use())
        self.assertTrue(self.semaphore.acquire(timeout=0))

    def test_many_tasks_share_tokens(self):
        async def work():
            async with self.semaphore:
                await asyncio.sleep(0)

        async def all_of_them():
            await asyncio.gather(*(work() for _ in range(20)))

        self.semaphore.release()
        asyncio.run(all_of_them())
        self.assertTrue(self.semaphore.acquire(timeout=0))

    def test_a_timeout_takes_no_token(self):
        async def wait():
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(self.semaphore.acquire_async(), 0.01)

        asyncio.run(wait())
        self.semaphore.release()
        self.assertTrue(self.semaphore.acquire(timeout=LONG_S))

    def test_refusals(self):
        zeros = chorus.Semaphore(self.region, 64)
        with self.assertRaisesRegex(chorus.Error, "semP: .*K_EINVAL"):
            asyncio.run(zeros.acquire_async())

        async def overwritten():
            task = asyncio.ensure_future(zeros.init().acquire_async())
            await asyncio.sleep(0)
            self.region.buf[64:96] = bytes(32)
            with self.assertRaisesRegex(chorus.Error, "semP: .*K_EINVAL"):
                await task

        asyncio.run(overwritten())

    def test_no_token_is_lost_whenever_a_task_is_cancelled(self):
        outcomes = {"taken": 0, "cancelled": 0}

        async def one_round():
            task = asyncio.ensure_future(self.semaphore.acquire_async())
            await asyncio.sleep(0)
            giver = threading.Thread(target=self.semaphore.release)
            giver.start()
            for _ in range(random.randrange(6)):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
                outcomes["taken"] += 1
            except asyncio.CancelledError:
                outcomes["cancelled"] += 1
                # It may be in the hands of the thread for a moment.
                self.assertTrue(self.semaphore.acquire(timeout=LONG_S))
            giver.join()

        async def rounds():
            for _ in range(500):
                await one_round()

        asyncio.run(rounds())
        print(outcomes, file=sys.stderr)

    def test_a_task_that_is_cancelled_after_it_was_granted_gives_back(self):
        async def cancel_in_between():
            task = asyncio.ensure_future(self.semaphore.acquire_async())
            await asyncio.sleep(0)
            self.semaphore.release()
            for thread in waiting_threads():
                thread.join()  # it has the token, and the loop has not run since
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(cancel_in_between())
        self.assertTrue(self.semaphore.acquire(timeout=0))

    def test_a_loop_that_is_closed_leaves_no_thread_and_takes_no_token(self):
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)  # "Task was destroyed but it is pending"
        task = loop.create_task(self.semaphore.acquire_async())
        loop.run_until_complete(asyncio.sleep(0))
        self.assertEqual(len(waiting_threads()), 1)
        loop.close()
        self.semaphore.release()
        for thread in waiting_threads():
            thread.join()
        self.assertTrue(self.semaphore.acquire(timeout=0))
        del task
