"""Bad command lines as real processes: an exit code and a sentence, never a traceback."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.faults import hostile
from tests.faults.result import Row

FULL, SHORT = 100, 3
SECONDS = 600
PROJECT = Path(__file__).resolve().parents[2]


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Start 100 processes (3 when short) with bad arguments; some of them as workers on what is no run."""
    environment = {**os.environ, "TDOT_CACHE": str(folder / "cache"), "TDOT_ASSETS": str(folder / "assets")}
    total, problems = SHORT if short else FULL, []
    for k in range(total):
        arguments = _arguments(random.Random(f"{seed} {k}"), folder)
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr + done.stdout:
            problems.append(f"{arguments}: exit code {done.returncode}: {done.stderr[-300:]!r}")
        elif done.returncode == 2 and len(done.stderr.strip()) < 10:
            problems.append(f"{arguments}: exit code 2 without a sentence")
    found = f"{total} processes, {len(problems)} with a traceback or an odd exit code"
    return [
        Row("processes", "bad inputs as real processes: 0 tracebacks", "; ".join([found, *problems[:3]]), not problems)
    ]


def _arguments(r: random.Random, folder: Path) -> list[str]:
    if r.random() < 0.1:
        target = folder / "no-run"
        target.mkdir(exist_ok=True)
        (target / "spec.json").write_bytes(
            hostile.json_text(r, {"kind": "ot", "config": {}, "dataset": {"name": "digits", "id": "x"}})
        )
        return ["-m", "tdot_core.worker", str(target)]
    words = hostile.command(r, folder)
    return [
        "-m",
        "tdot_core",
        *(word.replace("\x00", "").encode("utf-8", "replace").decode()[:100_000] for word in words),
    ]
