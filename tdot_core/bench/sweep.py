"""Planning a large sweep, and what the launchers add to every node."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tdot_core.bench.peak import peak_gib
from tdot_core.bench.result import BenchResult
from tdot_core.services.datasets import load_dataset
from tdot_core.services.storage.paths import project_root
from tdot_core.services.sweep.attempt import attempt
from tdot_core.services.sweep.document import SweepFile, checked
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.launchers import Outcome
from tdot_core.services.sweep.launchers.local import run_nodes
from tdot_core.services.sweep.launchers.ray_cluster import RayCluster
from tdot_core.services.sweep.plan import planned

NAME = "sweep"
HELP = "planning 10,000 cells, and what a launcher adds to an empty node"

EMPTY = 500
"""Nodes of nothing."""


def large_sweep() -> SweepFile:
    """Return a sweep of 10,000 cells on `digits`: 2 priors, 25 starts, 5 samplers, 2 grids, 20 numbers of steps."""
    lists = {
        "prior": ["vanilla", "oracle"],
        "dataset": "digits",
        "t_star": [{"from": 40, "to": 1000, "step": 40}],
        "sampler": ["ddim", "ddpm", "dpmpp-2m", "unipc", "heun"],
        "grid": ["uniform", "logsnr"],
        "steps": [{"from": 1, "to": 20}],
    }
    return checked({"block": [lists]}, "large")


def run() -> list[BenchResult]:
    """Measure each in a process and a cache of its own; Ray on a node of 2 CPUs that is started for it, where it is installed."""
    plan = _apart("plan_here")
    size = f"{plan['cells']:,} cells, {plan['nodes']:,} nodes"
    ray = _apart("ray_here") if importlib.util.find_spec("ray") else {}
    without = "" if ray else " (needs Ray: pip install -r requirements-ray.txt)"
    return [
        BenchResult(NAME, f"planning {size}", plan["seconds"], "s", "<=", 5),
        BenchResult(
            NAME, f"the process that plans {size}, at its peak and with its imports", plan["mb"], "MB", "<=", 500
        ),
        BenchResult(NAME, f"local launcher, per empty node of {EMPTY}", _apart("local_here")["ms"], "ms", "<=", 50),
        BenchResult(NAME, f"ray launcher, per empty node of {EMPTY}, 2 CPUs{without}", ray.get("ms"), "ms", "<=", 100),
    ]


def _apart(function: str) -> dict[str, Any]:
    """Call one of the functions below in a fresh process with an empty cache, and return what it prints."""
    code = f"from tdot_core.bench.sweep import {function}; {function}()"
    with tempfile.TemporaryDirectory(prefix="tdot-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project_root(),
            env={**os.environ, "TDOT_CACHE": folder},
            capture_output=True,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def plan_here() -> None:
    """Plan the large sweep and print seconds, asking for the processor included, and the memory of the process at its peak."""
    load_dataset("digits")  # made here, in an empty cache: no part of planning
    begun = time.perf_counter()
    cells, nodes = planned(large_sweep())
    taken = time.perf_counter() - begun
    _say({"cells": len(cells), "nodes": len(nodes), "seconds": taken, "mb": peak_gib() * 2**30 / 1e6})


def local_here() -> None:
    """Do empty nodes in this process and print the milliseconds per node."""
    _time(lambda nodes: run_nodes(nodes, lambda node: {}, Path("no.stop"), lambda _: None))


class _Empty(RayCluster):
    @property
    def task(self) -> Callable[..., tuple[str, str]]:
        return _nothing


def _nothing(node: Node, *_: Any) -> tuple[str, str]:
    return attempt(node, lambda node: {})


def ray_here() -> None:
    """Do empty nodes on a Ray node started here, and print the milliseconds per node."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        ray.init(
            num_cpus=2, include_dashboard=False, _temp_dir=folder, log_to_driver=False, logging_level=logging.ERROR
        )
        launcher = _Empty("", "cpu", 1)
        # Workers start with the first tasks, once for a sweep.
        launcher.run(_empty(8, "warm"), Path("no.stop"), lambda _: None)
        _time(lambda nodes: launcher.run(nodes, Path("no.stop"), lambda _: None))
        ray.shutdown()


def _empty(count: int, name: str) -> dict[str, Node]:
    keys = [f"{name}-{k}" for k in range(count)]
    return {key: Node("draw", key, (), key, None) for key in keys}


def _time(launch: Callable[[dict[str, Node]], Outcome]) -> None:
    nodes = _empty(EMPTY, "empty")
    begun = time.perf_counter()
    outcome = launch(nodes)
    taken = time.perf_counter() - begun
    assert len(outcome.done) == EMPTY, outcome
    _say({"ms": taken / EMPTY * 1000})


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
