"""Python and an actor in C exchange numbers in a region: one writes and the other adds up, in both directions."""
import struct

import chorus
from support import BUILD, LONG_S, TestCase

COUNT = 10_000
SIZE = 80 + 8 * COUNT


class Exchange(TestCase):
    def exchange(self, write, add_up):
        with chorus.Region(SIZE) as region:
            asked, answered = chorus.Semaphore(region).init(), chorus.Semaphore(region, 32).init()
            struct.pack_into("l", region.buf, 64, COUNT)
            expected = write(region)
            words = str(chorus.Capability.own()).split()
            child = chorus.spawn(BUILD / "bin" / "python-partner", *words, hex(region.address), str(region.size))
            asked.release()
            self.assertTrue(answered.acquire(timeout=LONG_S))
            self.assertEqual(struct.unpack_from("d", region.buf, 72)[0], expected)
            self.assertEqual(chorus.wait(child, timeout=LONG_S), 0)
            self.assertEqual(add_up(region), sum(i * i for i in range(COUNT)))
            del asked, answered

    def test_with_a_memoryview(self):
        def write(region):
            numbers = region.buf[80:].cast("d")
            for i in range(COUNT):
                numbers[i] = i / 2
            return sum(numbers)

        self.exchange(write, lambda region: sum(region.buf[80:].cast("d")))
