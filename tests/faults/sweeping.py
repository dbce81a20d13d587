"""What the parts about sweeps share: their sweep, the command as a process, and the records it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 1200.0

GRID = """
name = "bars"
threads = 1
[[block]]
dataset = "DATASET"
t_star = [10, 50, 100, 200]
sampler = ["ddim", "dpmpp-2m"]
steps = [4, 8]
n = 32
seed = [SEED]
metrics = ["fd", "recall_dist", "coverage"]
prior = ["gaussian", "gan-published"]
[[block.train]]
prior = "ot"
label = "trained by the sweep"
settings = { epochs = 1, width = 8, latent = 8, batch = 256, n_projections = 8 }
"""
"""3 priors x 4 t* x 2 samplers x 2 numbers of steps, one of the priors trained by the sweep itself."""
OF_A_RUN = ("seconds_prior", "seconds_chain", "created", "run", "prior")
"""What a row says of the moment: timings, and the name of the run that its prior was trained in."""


def grid(path: Path, dataset: str = "digits", *, short: bool = False, seed: int = 0) -> Path:
    """Write the sweep to path and return it; short: 1 sampler, 1 number of steps and 2 t*."""
    text = GRID.replace("DATASET", dataset).replace("SEED", str(seed))
    if short:
        text = text.replace('["ddim", "dpmpp-2m"]', '["ddim"]').replace("[4, 8]", "[2]").replace(", 100, 200", "")
    path.write_text(text)
    return path


def begin(cache: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `tdot sweep ARGUMENTS --json` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tdot_core", "sweep", *arguments, "--json"],
        cwd=PROJECT,
        text=True,
        env={**os.environ, "TDOT_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end(process: subprocess.Popen[str]) -> Any:
    """Wait for such a process and return what it said; raises RuntimeError when it failed."""
    out, errors = process.communicate(timeout=PATIENCE)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args} ended with {process.returncode}: {out[-2000:]} {errors[-2000:]}")
    return json.loads(out)


def records(cache: Path) -> dict[str, tuple[int, int]]:
    """Return by node which file its record is: one that was written again is another."""
    found = {}
    for path in (cache / "nodes").glob("*.json"):
        facts = path.stat()
        found[path.stem] = (facts.st_ino, facts.st_mtime_ns)
    return found


def table(cache: Path, file: Path) -> list[str]:
    """Return the rows of a sweep as lines of text, without what differs from run to run."""
    rows: list[dict[str, Any]] = end(begin(cache, "rows", str(file)))
    return [json.dumps({k: v for k, v in row.items() if k not in OF_A_RUN}, sort_keys=True) for row in rows]
