#!/usr/bin/env python3
"""Runs the tests of one file, test_PART.py, on a site that exists for them only.

run.py BUILD_DIR PART [TEST...]

Exits with 1 if a test fails or leaves a region or an actor behind, with 77 if every test was skipped.
"""
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SKIPPED = 77


def run_inside(arguments):
    """In a process that becomes an actor. The site is stopped by another process, because that ends all actors."""
    part, *names = arguments
    try:
        module = __import__(f"test_{part}")
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    loader = unittest.TestLoader()
    tests = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return SKIPPED if len(result.skipped) == result.testsRun else 0


def left_behind(build, site):
    """The actors and regions that the kernel still has. A process that was killed may take a moment to go."""
    deadline = time.monotonic() + 10
    while True:
        listings = [
            subprocess.run([build / "bin" / "chorus", what, "--no-headers", "--site", site], stdout=subprocess.PIPE)
            for what in ("ps", "regions")
        ]
        left = b"".join(listing.stdout for listing in listings).decode()
        if not left or time.monotonic() > deadline:
            return left


def main():
    build = Path(sys.argv[1]).resolve()
    arguments = sys.argv[2:]
    if not os.access(build / "bin" / "chorusd", os.X_OK):
        sys.exit(f"run.py: {build}/bin/chorusd is not built")
    site = f"test-python-{os.getpid()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHORUS")}
    environment.update(
        CHORUS_BUILD=str(build),
        CHORUS_SITE=site,
        LIBCHORUS=str(build / "lib" / "libchorus.so.0"),
        PATH=f"{build / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONPATH=f"{SOURCE / 'src' / 'python'}:{HERE}",
    )
    kernel = subprocess.Popen(
        [build / "bin" / "chorusd", "--site", site], stdout=subprocess.PIPE, env=environment, start_new_session=True
    )
    try:
        ready = kernel.stdout.readline()
        if b"is ready" not in ready:
            sys.exit(f"run.py: chorusd says {ready!r}")
        inside = [sys.executable, __file__, "--inside", *arguments]
        status = subprocess.run(inside, env=environment, check=False).returncode
        left = left_behind(build, site)
        if left:
            print(f"left behind:\n{left}")
            status = 1
    finally:
        kernel.send_signal(signal.SIGTERM)
        kernel.wait()
    return 1 if status < 0 else status


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        sys.exit(run_inside(sys.argv[2:]))
    sys.exit(main())
