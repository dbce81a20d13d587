"""SIGKILL at random moments of a training, again and again, and what is left of it each time."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.jobs.launcher import resume, start
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.checkpoints import load_latest, load_weights
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.training.session import create_training
from tests.faults.result import Row

KINDS = ("vae", "gan", "ot")
SMALL = {"epochs": 4, "batch": 64, "latent": 8, "width": 8}
PER_RUN, FULL, EQUAL_BAR = 8, 200, 20
PATIENCE = 180.0


@dataclass
class Tally:
    """Count what happened."""

    kills: int = 0
    during_write: int = 0
    runs: int = 0
    equal: int = 0
    unusable: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Kill 200 times (twice when short) over trainings of vae, gan and ot on digits; every training is finished in the end."""
    os.environ |= {"TDOT_CACHE": str(folder / "cache"), "TDOT_CHECKPOINT": "0.25"}
    chance, tally = random.Random(seed), Tally()
    kinds = KINDS[2:] if short else KINDS
    expected = {kind: _finished(_new(kind)) for kind in kinds}
    wanted, per_run = (2, 2) if short else (FULL, PER_RUN)
    while tally.kills < wanted:
        kind = kinds[tally.runs % len(kinds)]
        _torment(_new(kind), min(per_run, wanted - tally.kills), chance, tally, expected[kind])
    bar = "0 unusable runs, 0 lost checkpoints" + (
        "" if short else f", at least {EQUAL_BAR} finished runs equal byte for byte"
    )
    found = (
        f"{tally.kills} SIGKILLs ({tally.during_write} while a checkpoint was being written): {len(tally.unusable)} unusable, "
        f"{len(tally.lost)} lost, {tally.equal} of {tally.runs} finished runs equal the uninterrupted one"
    )
    problems = tally.unusable + tally.lost
    good = not problems and tally.equal >= (tally.runs if short else EQUAL_BAR)
    return [Row("kills", bar, "; ".join([found, *problems[:3]]), good)]


def _new(kind: str) -> Run:
    extra = {"n_projections": 16} if kind == "ot" else {}
    return create_training(kind, "digits", {**SMALL, **extra}, seed=5, device="cpu")


def _finished(run: Run) -> bytes:
    """Train to the end without a kill and return the weights."""
    start(run)
    _await(run, lambda: not run.status().active)
    status = run.status()
    if status.state != "done":
        raise RuntimeError(f"{run.id} ended as {status.state}: {status.message}")
    return run.weights_path.read_bytes()


def _torment(run: Run, kills: int, chance: random.Random, tally: Tally, expected: bytes) -> None:
    best, begin = -1, start
    for _ in range(kills):
        begin(run)
        in_write = _kill(run, chance)
        tally.kills += 1
        tally.during_write += in_write
        best = _examine(run, best, tally)
        if run.status().state == "done":
            break
        begin = resume
    if run.status().state != "done":
        begin(run)
        _await(run, lambda: not run.status().active)
    tally.runs += 1
    tally.equal += run.status().state == "done" and run.weights_path.read_bytes() == expected


def _kill(run: Run, chance: random.Random) -> bool:
    """Kill the worker's group at a random moment: anywhere, after some steps, or while a file is being written."""
    status, mode = run.status(), chance.choice(("anywhere", "steps", "write"))
    if mode == "anywhere":
        time.sleep(chance.uniform(0, 5))
    else:
        _await(run, lambda: run.status().state != "pending" and run.status().step > 0)
        time.sleep(chance.uniform(0, 1.5))
    if mode == "write":
        _await(run, lambda: bool(_half_written(run)), pause=0.0)
        time.sleep(chance.uniform(0, 0.01))
    half = bool(_half_written(run))
    assert status.pid is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(status.pid, signal.SIGKILL)
    _await(run, lambda: not run.status().active)
    return half


def _half_written(run: Run) -> list[Path]:
    ckpt = run.path / "ckpt"
    return [*ckpt.glob(".*"), *ckpt.glob("weights-next*")] if ckpt.is_dir() else []


def _await(run: Run, reached, pause: float = 0.02) -> None:  # type: ignore[no-untyped-def]
    status, changed = run.status(), time.monotonic()
    while not reached() and (status.active or not status.attempts):
        time.sleep(pause)
        before, status = status, run.status()
        changed = changed if status == before else time.monotonic()
        if time.monotonic() - changed > PATIENCE:
            raise RuntimeError(f"nothing has changed in {run.id} for {PATIENCE:.0f} s: {status}")


def _examine(run: Run, best: int, tally: Tally) -> int:
    """Check what a kill left, and return the step of the newest whole checkpoint."""
    try:
        again = find_run(run.id)
        state = again.status().state
        latest, damaged = load_latest(again.path)
        if again.weights_path.exists():
            load_weights(again.path)
        again.metrics(), attempts(again.path)
        if state not in ("crashed", "done") or damaged:
            tally.unusable.append(f"{run.id} is {state}, {damaged}")
    except (TdotError, OSError, ValueError) as error:
        tally.unusable.append(f"{run.id}: {error}")
        return best
    step = int(latest["step"]) if latest is not None else -1
    if step < best:
        tally.lost.append(f"{run.id} fell from step {best} to {step}")
    return max(step, best)
