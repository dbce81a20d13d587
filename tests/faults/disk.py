"""A disk that runs full at each write of a training and of an evaluation in turn, and what can be done afterwards."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.evaluation.job import create_evaluation
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.jobs.execute import execute
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.checkpoints import checkpoints, load_weights, read_tensors
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.training.session import TrainingSession, create_training
from tests.faults.full_disk import full_disk
from tests.faults.result import Row

TINY = {"epochs": 1, "batch": 479, "latent": 8, "width": 8, "n_projections": 8}
SHORT_POINTS = 3


@dataclass
class Tally:
    """Count what happened. said: runs whose status told of the disk; silent: those that read as crashed."""

    points: int = 0
    said: int = 0
    silent: int = 0
    unharmed: int = 0
    problems: list[str] = field(default_factory=list)


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Fill the disk at every write (a few of them when short): for good, and at every fourth also for one write only."""
    os.environ |= {"TDOT_CACHE": str(folder / "base"), "TDOT_ASSETS": str(folder / "assets"), "TDOT_CHECKPOINT": "0"}
    _in_child(lambda: _prepare(folder))
    rows = []
    for name, make in (("a training", _training), ("an evaluation", _evaluation)):
        tally = Tally()
        writes = _count(folder, make)
        points = list(range(writes))
        if short:
            points = sorted(random.Random(seed).sample(points, min(SHORT_POINTS, writes)))
        expected = _outcome(folder, make)
        for at in points:
            for once in (False, True) if at % 4 == 0 and not short else (False,):
                _one(folder, make, at, once, expected, tally)
        found = (
            f"{tally.points} times full over {writes} writes: {len(tally.problems)} corrupted or not resumable; {tally.said} said so, "
            f"{tally.silent} could not and read as crashed, {tally.unharmed} went on unharmed"
        )
        bar = f"ENOSPC at {'some writes' if short else 'each write'} of {name}: 0 corrupted files, every run resumable"
        rows.append(Row("disk", bar, "; ".join([found, *tally.problems[:3]]), not tally.problems and tally.said > 0))
    return rows


def _prepare(folder: Path) -> None:
    """Make what an evaluation needs: a denoiser and a feature network of two steps each."""
    for key, config in {
        "denoiser": {"width": 32, "batch": 64, "epochs": 1},
        "cifar-cnn": {"epochs": 1, "batch": 256, "width": 8},
    }.items():
        session = TrainingSession(create_training(key, "digits", config, seed=1, device="cpu"))
        for progress in session:
            if progress.step == 2:
                session.save(2)
                break


def _training() -> Run:
    return create_training("ot", "digits", TINY, seed=3, device="cpu")


def _evaluation() -> Run:
    spec = EvaluationSpec(
        priors=("vanilla",),
        t_stars=(10,),
        samplers=("ddim",),
        n_steps=1,
        n=32,
        sets=1,
        seed=0,
        dataset="digits",
        metrics=("fd",),
        device="cpu",
    )
    return create_evaluation(spec)


def _fresh(folder: Path) -> Path:
    cache = folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    shutil.copytree(folder / "base", cache)
    os.environ["TDOT_CACHE"] = str(cache)
    return cache


def _count(folder: Path, make: Callable[[], Run]) -> int:
    cache = _fresh(folder)
    note = folder / "writes"

    def work() -> None:
        made = make()
        with full_disk(cache, None) as disk:
            execute(made)
        note.write_text(str(disk.writes))

    _in_child(work)
    return int(note.read_text())


def _outcome(folder: Path, make: Callable[[], Run]) -> object:
    _fresh(folder)
    made = make()
    _in_child(lambda: execute(made))
    return _product(made)


def _product(made: Run) -> object:
    """Return what a finished run made, without what differs between equal runs."""
    if made.kind != "evaluation":
        return made.weights_path.read_bytes()
    return [{key: value.value for key, value in row.metrics.items()} for row in read_rows(made)]


def _one(folder: Path, make: Callable[[], Run], at: int, once: bool, expected: object, tally: Tally) -> None:
    cache = _fresh(folder)
    made = make()

    def work() -> None:
        with full_disk(cache, at, once=once):
            execute(made)

    tally.points += 1
    where = f"write {at}{' alone' if once else ''} of {made.kind}"
    code = _in_child(work, quiet=True)
    status = find_run(made.id).status()
    if status.state == "failed" and code == 0:
        tally.said += "disk" in status.message or "space" in status.message
        if not ("disk" in status.message or "space" in status.message):
            tally.problems.append(f"{where}: {status.message[:200]}")
    elif status.state == "done":
        tally.unharmed += 1
    elif status.state in ("crashed", "pending"):
        tally.silent += 1
    else:
        tally.problems.append(f"{where}: {status.state}, exit code {code}")
    tally.problems += [f"{where}: {text}" for text in _corrupted(made)]
    if status.state != "done":
        again = _in_child(lambda: execute(find_run(made.id)), quiet=True)
        status = find_run(made.id).status()
        if again or status.state != "done" or _product(made) != expected:
            tally.problems.append(f"{where}: not resumed to the same end ({status.state}: {status.message[:200]})")


def _corrupted(made: Run) -> list[str]:
    """Return what is damaged in a run's folder."""
    problems = []
    try:
        for path in checkpoints(made.path):
            if path.with_suffix(".json").exists():
                read_tensors(path, json.loads(path.with_suffix(".json").read_text())["sha256"])
        if made.weights_path.exists():
            load_weights(made.path)
        for path in made.path.rglob("*.json"):
            json.loads(path.read_text())
        made.metrics(), attempts(made.path)
        if made.kind == "evaluation":
            read_rows(made)
    except (TdotError, ValueError, OSError) as error:
        problems.append(str(error)[:200])
    return problems


def _in_child(work: Callable[[], object], quiet: bool = False) -> int:
    """Do work in a forked process, so that its death is real; returns its exit code, 9 for an uncaught exception."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(300)
            if quiet:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # TensorBoard's thread tells of every failure
            work()
            code = 0
        except BaseException:
            if not quiet:
                traceback.print_exc()
            code = 9
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code and not quiet:
        raise RuntimeError(f"the preparation failed with exit code {code}")
    return code
