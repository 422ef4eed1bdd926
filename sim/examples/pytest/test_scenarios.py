"""Runs every scenario below this folder as a test of pytest. Copy this folder, then:

    pytest                                   all scenarios, in both worlds
    pytest -k handover                       those with this word in their name
    CHORUS_WORLD=model pytest                in the model only, which takes milliseconds
    pytest --junit-xml report.xml            a report for a CI server

pytest-xdist runs several at a time: pytest -n 4.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
WORLD = os.environ.get("CHORUS_WORLD", "both")


@pytest.mark.parametrize("scenario", [str(path.relative_to(FOLDER)) for path in sorted(FOLDER.rglob("*.scn"))])
def test_scenario(scenario):
    words = ["chorus-sim", "run", "--format", "json", "--world", WORLD, "--timeout", "60", scenario]
    run = subprocess.run(words, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if not run.stdout:  # it did not come to a report
        pytest.fail(run.stderr, pytrace=False)
    report = json.loads(run.stdout)[0]
    if report["state"] == "skipped":
        pytest.skip(report["why"])
    if report["state"] == "failed":
        pytest.fail(report["transcript"] + report["why"], pytrace=False)
