"""The whole command on images that are drawn already: every number of one prior, and one number more."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import seconds
from tdot_core.metrics import metrics
from tdot_core.services.runs.store import best_run
from tdot_core.services.storage.paths import project_root

NAME, HELP = "evaluation", "evaluate: all metrics of one prior from images drawn before, and one metric more"
N, ADDED = 5000, "coverage"
ALL_SECONDS, MORE_SECONDS = 30.0, 3.0


def run() -> list[BenchResult]:
    """Draw N images by the shortest chain in a cache of its own, then time fresh processes that measure them."""
    names = f"all metrics, {N:,} images drawn before, cifar-cnn", f"the same with {ADDED} added"
    if best_run("denoiser") is None or best_run("cifar-cnn") is None:
        why = " (needs a denoiser and a cifar-cnn)"
        return [BenchResult(NAME, name + why, None, "seconds", "<", ALL_SECONDS) for name in names]
    first = [key for key in metrics.all() if key != ADDED]
    with tempfile.TemporaryDirectory() as folder:
        _evaluate(folder, ["fd"])  # draws; what it extracts is removed, so that the next pays for it
        for name in ("features", "metrics"):
            _remove(Path(folder) / name)
        whole = seconds(lambda: _evaluate(folder, first))
        more = seconds(lambda: _evaluate(folder, [*first, ADDED]))
    return [
        BenchResult(NAME, names[0], whole, "seconds", "<", ALL_SECONDS),
        BenchResult(NAME, names[1], more, "seconds", "<", MORE_SECONDS),
    ]


def _evaluate(cache: str, keys: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "tdot_core",
        "evaluate",
        "--prior",
        "vanilla",
        "--t-star",
        "10",
        "--steps",
        "1",
        "--n",
        str(N),
    ]
    command += ["--no-floor", "--json", *(part for key in keys for part in ("--metric", key))]
    subprocess.run(
        command,
        check=True,
        cwd=project_root(),
        env={**os.environ, "TDOT_CACHE": cache},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _remove(folder: Path) -> None:
    for file in sorted(folder.rglob("*"), reverse=True):
        if file.is_file():
            file.unlink()
