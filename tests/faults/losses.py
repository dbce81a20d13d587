"""What a sweep loses when a Ray node, the driver or the disk fails at a random moment: nothing that was stored."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tdot_core.__main__ import main
from tests.faults.full_disk import full_disk
from tests.faults.ray_nodes import NEEDS_RAY, second_node, two_nodes
from tests.faults.result import Row
from tests.faults.sweeping import PATIENCE, begin, end, grid, records, table

KILLS, PER_SWEEP, FULL = 10, 3, 3
SPACE = 2
"""At most so many nodes are stored between two kills, and a second more passes."""
BAR = "the sweep completes after `run` again; no stored node computed twice, no row lost or doubled"
Process = subprocess.Popen[str]


@dataclass
class Tally:
    """Count what happened, and say what was wrong."""

    blows: int = 0
    sweeps: int = 0
    kept: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """Hold a sweep in a cache of its own, what it must give in the end, and what was stored at each blow."""

    cache: Path
    file: Path
    keys: set[str]
    rows: list[str]
    before: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self) -> None:
        """Take down what is stored now."""
        self.before = records(self.cache) | self.before

    def judge(self, tally: Tally) -> None:
        """Compare what is stored in the end with what was stored before, and the table with that of an undisturbed sweep."""
        after = records(self.cache)
        again = [key for key, facts in self.before.items() if after.get(key) != facts]
        tally.sweeps, tally.kept = tally.sweeps + 1, tally.kept + len(self.before)
        problems = {
            f"{len(again)} nodes stored again": again,
            f"{len(after)} records instead of {len(self.keys)}": set(after) != self.keys,
            "another table": table(self.cache, self.file) != self.rows,
            "a claim is left": list((self.cache / "nodes").glob("*.claim*")),
        }
        tally.wrong += [f"{self.cache.name}: {what}" for what, there in problems.items() if there]


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Strike the second of two Ray nodes and the driver 10 times each, and the disk at a write of a local run 3 times; once each when short."""
    os.environ.pop("TDOT_ASSETS", None)
    chance, file = random.Random(seed), grid(folder / "bars.toml", short=short)
    whole = folder / "whole"
    end(begin(whole, "run", str(file)))
    keys, rows = set(records(whole)), table(whole, file)

    def trials(what: str) -> Iterator[Trial]:
        yield from (Trial(folder / f"{what}-{k}", file, keys, rows) for k in range(FULL * KILLS))

    made = [_full_disk(trials("disk"), 1 if short else FULL, chance)]
    if importlib.util.find_spec("ray") is None:
        return (
            made
            if short
            else [*made, Row("losses", f"SIGKILL of a Ray node and of the driver: {BAR}", NEEDS_RAY, False)]
        )
    with two_nodes() as cluster:
        for what, strike in {"driver": _strike_driver, "second node": _strike_node}.items():
            tally, wanted = Tally(), 1 if short else KILLS
            for trial in trials(what.split()[0]):
                _kill(trial, min(PER_SWEEP, wanted - tally.blows), cluster, strike, tally, chance)
                if tally.blows >= wanted:
                    break
            made.append(_row(f"SIGKILL of the {what}", "kills", tally))
    return made


def _row(what: str, blows: str, tally: Tally) -> Row:
    found = f"{tally.blows} {blows} in {tally.sweeps} sweeps, {tally.kept} nodes stored before one: {len(tally.wrong)} problems"
    return Row("losses", f"{what} at random moments: {BAR}", "; ".join([found, *tally.wrong[:3]]), not tally.wrong)


def _kill(
    trial: Trial, most: int, cluster: Any, strike: Callable[..., Process], tally: Tally, chance: random.Random
) -> None:
    def drive() -> Process:
        return begin(trial.cache, "run", str(trial.file), "--launcher", "ray", "--address", cluster.address)

    process = drive()
    for _ in range(most):
        if not _reaches(process, trial, len(records(trial.cache)) + chance.randint(0, SPACE)):
            break
        time.sleep(chance.random())
        trial.note()
        process = strike(process, cluster, drive)
        tally.blows += 1
    process.communicate(timeout=PATIENCE)
    _finish(drive(), trial, tally)


def _finish(process: Process, trial: Trial, tally: Tally) -> None:
    ran = end(process)
    if ran["failed"] or ran["waiting"]:
        tally.wrong.append(f"{trial.cache.name}: {ran}")
    trial.judge(tally)


def _reaches(process: Process, trial: Trial, count: int) -> bool:
    """Wait until so many nodes are stored; return False when the driver ended before."""
    deadline = time.monotonic() + PATIENCE
    while len(records(trial.cache)) < count and process.poll() is None:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(records(trial.cache))} nodes of {count} after {PATIENCE:.0f} s")
        time.sleep(0.02)
    return process.poll() is None


def _strike_driver(process: Process, cluster: Any, drive: Callable[[], Process]) -> Process:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return drive()


def _strike_node(process: Process, cluster: Any, drive: Callable[[], Process]) -> Process:
    (node,) = cluster.worker_nodes
    cluster.remove_node(node, allow_graceful=False)
    second_node(cluster)
    return process


def _full_disk(trials: Iterator[Trial], wanted: int, chance: random.Random) -> Row:
    """Fill the disk at a random write of a sweep in this process; what it says must be a sentence, with exit code 1 or 2."""
    counted, tally = next(trials), Tally()
    with _cache(counted.cache), full_disk(counted.cache, None) as disk:
        _run_here(counted.file)
    for trial in trials:
        with _cache(trial.cache), full_disk(trial.cache, chance.randrange(disk.writes)):
            code, said = _run_here(trial.file)
        if code not in (1, 2) or "Traceback" in said:
            tally.wrong.append(f"{trial.cache.name}: exit code {code}: {said[-200:]}")
        trial.note()
        _finish(begin(trial.cache, "run", str(trial.file)), trial, tally)
        tally.blows += 1
        if tally.blows >= wanted:
            return _row(f"a full disk at one of {disk.writes} writes", "times full", tally)
    raise AssertionError("more sweeps were wanted than there are")


@contextlib.contextmanager
def _cache(path: Path) -> Iterator[None]:
    before = os.environ.get("TDOT_CACHE")
    os.environ["TDOT_CACHE"] = str(path)
    try:
        yield
    finally:
        os.environ.pop("TDOT_CACHE")
        os.environ.update({} if before is None else {"TDOT_CACHE": before})


def _run_here(file: Path) -> tuple[int, str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(["sweep", "run", str(file)])
    return code, said.getvalue()
