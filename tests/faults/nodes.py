"""A sweep on two Ray nodes against the same one by the local launcher: equal tables, byte for byte."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import SHARED_DATA
from tests.faults.ray_nodes import NEEDS_RAY, two_nodes
from tests.faults.result import Row
from tests.faults.sweeping import PROJECT, begin, end, grid, records, table

MINI = "cifar10-mini"


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Run the sweep both ways on digits, and on cifar10-mini where that is beside the project (digits alone when short)."""
    bar = "3 priors x 4 t* x 2 samplers x 2 numbers of steps" if not short else "3 priors x 2 t*"
    if importlib.util.find_spec("ray") is None:
        return [] if short else [Row("nodes", f"{bar}: two Ray nodes equal the local launcher", NEEDS_RAY, False)]
    os.environ.pop("TDOT_ASSETS", None)
    mini = SHARED_DATA / "cifar10-mini.zip"
    datasets = ["digits"] if short or not mini.exists() else ["digits", MINI]
    rows = []
    with two_nodes() as cluster:
        for dataset in datasets:
            file = grid(folder / f"{dataset}.toml", dataset, short=short, seed=seed)
            ways = {"local": [], "ray": ["--launcher", "ray", "--address", cluster.address]}
            found = {}
            for way, arguments in ways.items():
                cache = folder / f"{dataset}-{way}"
                if dataset == MINI:
                    _import(cache, mini)
                ran = end(begin(cache, "run", str(file), *arguments))
                whole = not (ran["failed"] or ran["waiting"]) and ran["done"] == len(records(cache))
                found[way] = (whole, table(cache, file))
            rows.append(_compared(f"{bar} on {dataset}", *found["local"], *found["ray"]))
    return rows


def _compared(what: str, local_whole: bool, local: list[str], ray_whole: bool, ray: list[str]) -> Row:
    differ = sum(a != b for a, b in zip(local, ray, strict=False)) + abs(len(local) - len(ray))
    size = sum(map(len, local))
    found = f"{len(local)} and {len(ray)} rows, {size:,} bytes compared, {differ} rows differ"
    good = local_whole and ray_whole and not differ and len(set(local)) == len(local)
    bar = f"{what}: two Ray nodes make the local launcher's table, byte for byte but for timings and names of runs"
    return Row("nodes", bar, found, good)


def _import(cache: Path, images: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tdot_core", "data", "import", str(images), "--name", MINI],
        cwd=PROJECT,
        env={**os.environ, "TDOT_CACHE": str(cache)},
        check=True,
        capture_output=True,
    )
