"""Sweeps in real processes: two workers that share one against one worker, and one against `evaluate` of the same cells."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio
from tdot_core.services.runs.store import best_run
from tdot_core.services.storage.paths import project_root

NAME, HELP = "workers", "two workers of one thread against one on 24 cells, and a local sweep against evaluate"

STARTS, SAMPLERS, STEPS = (20, 50, 100, 200), ("ddim", "dpmpp-2m"), (4, 8, 10)
IMAGES, REPEATS = 512, 3
TWICE, NO_SLOWER = 1.7, 1.0
THREADS = ("OMP_NUM_THREADS", "TDOT_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run() -> list[BenchResult]:
    """Time whole commands, imports included, in fresh caches; needs a denoiser and a cifar-cnn, and two idle processors."""
    names = (
        f"one worker over two workers of one thread each, {len(STARTS) * len(SAMPLERS) * len(STEPS)} cells of {IMAGES} images",
        f"a local sweep over evaluate, all processors, the same {len(STARTS) * len(SAMPLERS)} cells of {IMAGES} images",
    )
    if best_run("denoiser") is None or best_run("cifar-cnn") is None:
        why = " (needs a denoiser and a cifar-cnn)"
        return [
            BenchResult(NAME, names[0] + why, None, "ratio", ">=", TWICE),
            BenchResult(NAME, names[1] + why, None, "ratio", "<=", NO_SLOWER),
        ]
    alone = interleaved({"one": lambda: sweep(1, STEPS, threads=1), "two": lambda: sweep(2, STEPS, threads=1)}, REPEATS)
    whole = interleaved({"sweep": lambda: sweep(1, STEPS[-1:]), "evaluate": evaluate}, REPEATS)
    how = f", median of {REPEATS} interleaved runs"
    return [
        BenchResult(NAME, names[0] + how, median_ratio(alone["one"], alone["two"]), "ratio", ">=", TWICE),
        BenchResult(NAME, names[1] + how, median_ratio(whole["sweep"], whole["evaluate"]), "ratio", "<=", NO_SLOWER),
    ]


def sweep(workers: int, steps: tuple[int, ...], threads: int | None = None) -> None:
    """Run the sweep from nothing by so many processes that share a cache, each on so many threads, None for all."""
    with tempfile.TemporaryDirectory(prefix="tdot-bench-") as folder:
        file = Path(folder) / "cells.toml"
        number = threads or os.cpu_count() or 1
        file.write_text(
            f'threads = {number}\n[[block]]\ndataset = "digits"\nprior = ["vanilla"]\nt_star = {list(STARTS)}\n'
            f'sampler = {list(SAMPLERS)}\nsteps = {list(steps)}\nn = {IMAGES}\nmetrics = ["fd"]\n'.replace("'", '"')
        )
        _together([["sweep", "run", str(file)]] * workers, Path(folder) / "cache", threads)


def evaluate() -> None:
    """Evaluate the cells of the longest chain from nothing, on all processors."""
    command = ["evaluate", "--prior", "vanilla", "--dataset", "digits", "--steps", str(STEPS[-1]), "--n", str(IMAGES)]
    command += [word for t in STARTS for word in ("--t-star", str(t))]
    command += [word for sampler in SAMPLERS for word in ("--sampler", sampler)]
    with tempfile.TemporaryDirectory(prefix="tdot-bench-") as folder:
        _together([[*command, "--metric", "fd", "--no-floor"]], Path(folder), None)


def _together(commands: list[list[str]], cache: Path, threads: int | None) -> None:
    environment = {**os.environ, "TDOT_CACHE": str(cache)}
    for name in THREADS:
        environment.pop(name, None)
    environment |= {} if threads is None else dict.fromkeys(THREADS, str(threads))
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tdot_core", *command],
            cwd=project_root(),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for command in commands
    ]
    for command, process in zip(commands, processes, strict=True):
        _, errors = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors.decode()[-1000:]}")
