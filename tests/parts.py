"""A pytest plug-in (`-p tests.parts`): which tests may run side by side, and in how many processes.

What drives a browser, loads or kills servers, joins machines or measures time would disturb, and be disturbed by, its like.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tdot_core.processors import processors

APART = (
    "tests/browser",
    "tests/faults",
    "tests/bench",
    "tests/services/sweep/test_ray.py",
    "tests/services/jobs/test_ray_training.py",
)
"""Folders and files, relative to the project, whose tests run one after another with none beside them."""

PARTS = ("together", "apart")
MOST_WORKERS = 8
BYTES_PER_WORKER = 3 * 2**30


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", choices=PARTS, help="only tests that may run side by side, or only those that may not")


def runs_apart(path: Path, root: Path) -> bool:
    """Tell whether the tests of a file of the project at root run one after another."""
    return any(path.is_relative_to(root / place) for place in APART)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what the other part runs; None leaves the decision to pytest."""
    part = config.getoption("--part")
    apart = runs_apart(collection_path, config.rootpath)
    ignored = apart if part == "together" else part == "apart" and not apart and collection_path.suffix == ".py"
    return True if ignored and collection_path.name != "__init__.py" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the other part's tests also where a file was named on the command line."""
    part = config.getoption("--part")
    other = [item for item in items if part and runs_apart(item.path, config.rootpath) != (part == "apart")]
    if other:
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if item not in other]


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` starts: one per processor that has 3 GiB to itself, at most 8."""
    asked = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    room = psutil.virtual_memory().total // BYTES_PER_WORKER
    return int(asked) if asked else max(1, min(processors(), room, MOST_WORKERS))
