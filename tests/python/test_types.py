"""The annotations of the package, checked by mypy in its strict mode."""
import importlib.util
import subprocess
import sys
import tempfile
import unittest

from support import SOURCE


class Types(unittest.TestCase):
    @unittest.skipIf(importlib.util.find_spec("mypy") is None, "mypy is not installed")
    def test_mypy_finds_nothing(self):
        with tempfile.TemporaryDirectory() as cache:
            said = subprocess.run(
                [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.9", "--cache-dir", cache,
                 SOURCE / "src" / "python" / "chorus"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )
        self.assertEqual(said.returncode, 0, said.stdout)
