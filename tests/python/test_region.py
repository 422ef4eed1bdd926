"""Regions: what they hold, how long they live, and what is refused."""
import errno
import gc
import os
import pickle
import sys
import threading
import unittest

import chorus
from support import TestCase, await_end, finish, in_fork, python, regions_of


class Regions(TestCase):
    def test_new_memory_is_zero_and_holds_what_is_written(self):
        with chorus.Region(5000) as region:
            self.assertEqual((region.size, region.writable, region.closed), (5000, True, False))
            self.assertEqual(region.address % chorus.PAGE_SIZE, 0)
            self.assertEqual(bytes(region.buf), bytes(5000))
            region.buf[10:15] = b"hello"
            self.assertEqual(bytes(region.buf[9:16]), b"\0hello\0")
            self.assertIn("5000 bytes, writable", repr(region))

    def test_two_mappings_show_the_same_bytes(self):
        with chorus.Region(8192) as region:
            with chorus.Region.map_from(chorus.Capability.own(), region.address + 4096, 100) as part:
                region.buf[4096] = 7
                self.assertEqual(part.buf[0], 7)
                self.assertEqual(part.size, 100)

    def test_memory_outlives_the_actor_that_allocated_it(self):
        child = python(
            """
            import chorus, sys
            region = chorus.Region(4096)
            region.buf[:5] = b"hello"
            print(chorus.Capability.own())
            print(region.address, flush=True)
            sys.stdin.read()
            """
        )
        capability = chorus.Capability.parse(child.stdout.readline())
        address = int(child.stdout.readline())
        with chorus.Region.map_from(capability, address, 4096, writable=False) as region:
            self.assertEqual(finish(child)[0], 0)
            await_end(capability.aid)
            self.assertEqual(bytes(region.buf[:5]), b"hello")
        with self.assertRaisesRegex(chorus.Error, "rgnMapFromActor: .*K_EUNKNOWN"):
            chorus.Region.map_from(capability, address, 4096)

    def test_the_end_of_with_frees(self):
        with chorus.Region(4096) as region:
            self.assertIn(region.address, regions_of())
        self.assertEqual(regions_of(), self.before)
        self.assertTrue(region.closed)
        self.assertEqual(repr(region), "<chorus.Region, closed>")
        region.close()
        for use in (lambda: region.buf, lambda: region.address, lambda: pickle.dumps(region), region.__enter__):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()

    def test_a_view_stays_valid_after_the_end_of_with_and_the_last_one_frees(self):
        with chorus.Region(4096) as region:
            first, address = region.buf, region.address
            second = first[100:200].cast("i")
            second[0] = 42
        first.release()
        self.assertEqual(regions_of(), [address])
        self.assertEqual(second[0], 42)
        second[0] = 43
        second.release()
        self.assertEqual(regions_of(), self.before)

    def test_a_view_outlives_its_region_object(self):
        view = chorus.Region(4096).buf
        gc.collect()
        view[4095] = 1
        self.assertEqual(view[4095], 1)
        del view
        self.assertEqual(regions_of(), self.before)

    def test_a_region_in_a_reference_cycle_is_freed(self):
        cycle = [chorus.Region(4096)]
        cycle.append(cycle)
        del cycle
        gc.collect()
        self.assertEqual(regions_of(), self.before)

    def test_a_read_only_region_cannot_be_written(self):
        with chorus.Region(4096) as region, chorus.Region.map_from(
            chorus.Capability.own(), region.address, 4096, writable=False
        ) as shown:
            region.buf[0] = 9
            self.assertEqual(shown.buf[0], 9)
            with self.assertRaises(TypeError):
                shown.buf[0] = 1
            self.assertIn("read-only", repr(shown))

    @unittest.skipIf(sys.version_info < (3, 12), "memoryview(region) needs Python 3.12")
    def test_a_region_is_a_buffer(self):
        with chorus.Region(4096) as region:
            view = memoryview(region)
            view[0] = 3
            self.assertEqual(region.buf[0], 3)
            self.assertEqual(len(view), 4096)
            view.release()

    def test_threads_allocate_and_free_at_once(self):
        failures = []

        def work(number):
            for _ in range(50):
                with chorus.Region(4096 * number) as region:
                    region.buf[-1] = number
                    if bytes(region.buf[-1:]) != bytes([number]):
                        failures.append(number)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_refusals(self):
        own = chorus.Capability.own()
        wrong = chorus.Capability((*own.words[:3], own.words[3] ^ 1))
        dead = chorus.Capability((own.words[0], 0x7FFFFFFF, 1, 2))
        with chorus.Region(4096) as region:
            at = region.address
            for status, name, number, call in [
                (-6, "K_ESIZE", errno.EINVAL, lambda: chorus.Region(0)),
                (-10, "K_ESPACE", errno.ENOMEM, lambda: chorus.Region(1 << 60)),
                (-3, "K_EUNKNOWN", errno.ESRCH, lambda: chorus.Region.map_from(dead, at, 4096)),
                (-4, "K_EINVAL", errno.EINVAL, lambda: chorus.Region.map_from(wrong, at, 4096)),
                (-6, "K_ESIZE", errno.EINVAL, lambda: chorus.Region.map_from(own, at, 0)),
                (-7, "K_EROUND", errno.EINVAL, lambda: chorus.Region.map_from(own, at + 1, 4096)),
                (-8, "K_EADDR", errno.EFAULT, lambda: chorus.Region.map_from(own, at, 8192)),
            ]:
                with self.subTest(name), self.assertRaises(chorus.Error) as caught:
                    call()
                error = caught.exception
                self.assertEqual((error.status, error.name, error.errno), (status, name, number))
                self.assertIsInstance(error, OSError)
                self.assertRegex(str(error), rf"^rgn\w+: .+ \({name}, {status}\)$")
                self.assertEqual(str(pickle.loads(pickle.dumps(error))), str(error))
        with self.assertRaisesRegex(ValueError, "negative"):
            chorus.Region(-1)

    def test_a_pickled_region_is_another_mapping_of_the_same_memory(self):
        with chorus.Region(4096) as region:
            with pickle.loads(pickle.dumps(region)) as copy:
                copy.buf[0] = 5
                self.assertNotEqual(copy.address, region.address)
                self.assertEqual(region.buf[0], 5)
            pickled = pickle.dumps(region)
        with self.assertRaisesRegex(chorus.Error, "K_EADDR"):
            pickle.loads(pickled)


class Fork(TestCase):
    def test_parent_and_child_share_memory_and_free_it_each_for_itself(self):
        region = chorus.Region(4096)
        address, parent = region.address, chorus.Capability.own().aid

        def child():
            nonlocal region
            own = chorus.Capability.own().aid
            region.buf[0] = 1
            shared = own != parent and regions_of(own) == [address] and regions_of(parent) == [address]
            view = region.buf
            region = None
            kept = regions_of(own) == [address]
            view.release()
            return shared and kept and regions_of(own) == [] and regions_of(parent) == [address]

        self.assertEqual(in_fork(child), 0)
        self.assertEqual(region.buf[0], 1)
        region.close()

    def test_the_child_keeps_what_the_parent_frees(self):
        region = chorus.Region(4096)
        to_child, from_parent = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(to_child, 1)
            region.buf[1] = 2
            os._exit(0 if bytes(region.buf[:2]) == b"\1\2" and regions_of() == [region.address] else 1)
        region.buf[0] = 1
        region.close()
        self.assertEqual(regions_of(), self.before)
        os.write(from_parent, b"x")
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        os.close(to_child)
        os.close(from_parent)

    def test_a_region_that_the_child_pickles_is_the_childs(self):
        region = chorus.Region(4096)

        def child():
            with pickle.loads(pickle.dumps(region)) as copy:
                copy.buf[0] = 1
                return region.buf[0] == 1

        self.assertEqual(in_fork(child), 0)
        region.close()
