"""A short version of every part of `python -m tests.faults`, each in a process of its own as it is meant to run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("part", ["kills", "disk", "inputs", "processes", "urls", "load", "shards", "nodes", "losses"])
def test_the_bar_holds(part: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--short", "--part", part],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.stdout.startswith("not measured"):
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0 and done.stdout.startswith("pass"), done.stdout + done.stderr[-3000:]
