"""The same as test_exchange.py with NumPy arrays over the region, and how long such an array keeps the memory."""
import unittest

try:
    import numpy
except ImportError:
    raise unittest.SkipTest("python3-numpy is not installed") from None

import chorus
from support import TestCase, regions_of
from test_exchange import COUNT, Exchange


class NumPy(Exchange):
    test_with_a_memoryview = None

    def test_with_arrays(self):
        def write(region):
            numbers = numpy.frombuffer(region.buf, numpy.float64, COUNT, 80)
            numbers[:] = numpy.arange(COUNT) / 2
            return numbers.sum()

        self.exchange(write, lambda region: numpy.frombuffer(region.buf, numpy.float64, COUNT, 80).sum())

    def test_an_array_keeps_the_memory_after_the_end_of_with(self):
        for make in (
            lambda region: numpy.frombuffer(region.buf, numpy.int64),
            lambda region: numpy.ndarray((512,), numpy.int64, buffer=region.buf),
            lambda region: numpy.asarray(region.buf),
        ):
            with chorus.Region(4096) as region:
                array, address = make(region), region.address
            self.assertEqual(regions_of(), [address])
            array[-1] = 42
            part = array[1:][::2]
            del array
            self.assertEqual(part[-1], 42)
            del part
            self.assertEqual(regions_of(), self.before)


del Exchange, TestCase
