"""Regions and semaphores as arguments of processes that multiprocessing starts, by each of its start methods."""
import multiprocessing
import os
import pickle

import chorus
from support import LONG_S, TestCase, finish, python


def answer(region, asked, answered):
    """Runs in the child: doubles a number."""
    if asked.acquire(timeout=LONG_S):
        region.buf[64] *= 2
        answered.release()


def addresses(queue, region, semaphore):
    """Runs in the child: where the arguments are."""
    inside = int(repr(semaphore).split()[2][:-1], 16)
    queue.put((chorus.Capability.own().aid, region.address, inside - region.address))


def send(queue):
    """Runs in the child: sends a region, and lives until it is mapped."""
    region = chorus.Region(4096)
    region.buf[0] = 7
    queue[0].send(region)
    queue[0].recv()


class Multiprocessing(TestCase):
    def for_each_method(self):
        for method in ("spawn", "fork", "forkserver"):
            with self.subTest(method):
                yield multiprocessing.get_context(method)

    def run_child(self, context, work, *arguments):
        process = context.Process(target=work, args=arguments)
        process.start()
        return process

    def join(self, process):
        process.join(LONG_S)
        self.assertEqual(process.exitcode, 0)
        process.close()

    def test_a_child_answers_in_shared_memory(self):
        for context in self.for_each_method():
            with chorus.Region(4096) as region:
                asked, answered = chorus.Semaphore(region).init(), chorus.Semaphore(region, 32).init()
                region.buf[64] = 21
                child = self.run_child(context, answer, region, asked, answered)
                asked.release()
                self.assertTrue(answered.acquire(timeout=LONG_S))
                self.assertEqual(region.buf[64], 42)
                self.join(child)
                del asked, answered

    def test_a_region_and_its_semaphore_are_mapped_once_by_an_actor_of_its_own(self):
        for context in self.for_each_method():
            queue = context.SimpleQueue()
            with chorus.Region(4096) as region:
                semaphore = chorus.Semaphore(region, 96).init()
                child = self.run_child(context, addresses, queue, region, semaphore)
                aid, address, offset = queue.get()
                self.assertNotEqual(aid, chorus.Capability.own().aid)
                self.assertEqual(offset, 96)
                if context.get_start_method() == "fork":
                    self.assertEqual(address, region.address)
                self.join(child)
                del semaphore
            queue.close()

    def test_a_child_sends_a_region(self):
        for context in self.for_each_method():
            ours, theirs = context.Pipe()
            child = self.run_child(context, send, [theirs])
            with ours.recv() as region:
                ours.send("mapped")
                self.join(child)
                self.assertEqual(region.buf[0], 7)
            ours.close()
            theirs.close()

    def test_a_region_that_is_gone_is_refused(self):
        with chorus.Region(4096) as region:
            pickled = pickle.dumps(chorus.Semaphore(region))
        with self.assertRaisesRegex(chorus.Error, "rgnMapFromActor: .*K_EADDR"):
            pickle.loads(pickled)

    # The workers start before their parent has joined a kernel, so they do not inherit which one it is.
    WORKERS_FIRST = """
        import multiprocessing, os, sys
        import chorus
        from support import LONG_S
        from test_multiprocessing import double
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            with context.Pool(2) as workers:
                workers.map(abs, range(10))
                with chorus.Region(4096) as region:
                    region.buf[0] = 21
                    workers.apply(double, (region,))
                    print(region.buf[0])
                workers.close()
                workers.join()
        """

    def test_workers_that_start_first_join_the_private_kernel_of_the_sender(self):
        environment = {name: value for name, value in os.environ.items() if name != "CHORUS_SITE"}
        for context in self.for_each_method():
            process = python(self.WORKERS_FIRST, context.get_start_method(), env=environment)
            status, output, errors = finish(process)
            self.assertEqual((status, output), (0, "42\n"), errors)

    def test_workers_that_start_first_join_the_site_of_the_sender(self):
        environment = {name: value for name, value in os.environ.items() if name != "CHORUS_SITE"}
        join = 'os.environ["CHORUS_SITE"] = sys.argv[2]'
        program = self.WORKERS_FIRST.replace("workers.map(abs, range(10))", f"workers.map(abs, range(10)); {join}")
        for context in self.for_each_method():
            process = python(program, context.get_start_method(), os.environ["CHORUS_SITE"], env=environment)
            status, output, errors = finish(process)
            self.assertEqual((status, output), (0, "42\n"), errors)


def double(region):
    region.buf[0] *= 2
