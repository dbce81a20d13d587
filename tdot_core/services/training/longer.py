"""Training a run further than it was first asked to."""

from __future__ import annotations

import dataclasses
from typing import Any

from tdot_core.config import build_config, recorded_config
from tdot_core.errors import TdotError
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.runs.checkpoints import checkpoints
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.status import read_status, write_status
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.storage.files import write_json
from tdot_core.services.storage.readonly import refuse_when_read_only


def lengthen(run: Run, epochs: int) -> tuple[Run, str]:
    """Plan `epochs` passes for a run that is not at work, so that a resume trains it further; returns it and what to know.

    Where the step size is constant the run then equals one that had so many epochs from the start, byte for byte on the
    CPU. A run that a sweep made is no longer the sweep's. Raises TdotError when the run ships, trains without epochs, has
    no checkpoint or as many epochs already.
    """
    refuse_when_read_only()
    cls = None if run.kind == "evaluation" else find_trainable(run.kind)
    if run.shipped:
        raise TdotError(f"{run.id} ships with TDOT and is read-only; train a run of your own.")
    if cls is None or "epochs" not in {field.name for field in dataclasses.fields(cls.Config)}:
        raise TdotError(f"{run.id} is of kind {run.kind}, which has no epochs to train on.")
    with run_lock(run):
        status = read_status(run.path)
        if status.active and status.pid is not None:
            raise TdotError(f"{run.id} is at work; stop it first, then resume it with more epochs.")
        before = _more(run, cls.Config, epochs)
        if not checkpoints(run.path):
            raise TdotError(f"{run.id} has no checkpoint to go on from; train a new run with {epochs:,} epochs.")
        spec = {key: value for key, value in run.spec.items() if key != "node"}
        write_json(run.path / "spec.json", {**spec, "config": {**run.config, "epochs": epochs}})
        write_status(run.path, dataclasses.replace(status, state="stopped", message=f"{epochs:,} epochs are planned."))
    planned: Any = recorded_config(cls.Config, run.config)
    said = f"From {before:,} to {epochs:,} epochs."
    if cls.length_sets_step_size(planned):
        said += " Its step size depends on the number of epochs, so this is not what so many from the start would give."
    return find_run(run.id), said


def _more(run: Run, config: Any, epochs: int) -> int:
    """Return the epochs of the run now; raises TdotError when the ones wished for are no more, or not possible."""
    build_config(config, {"epochs": epochs})
    before = recorded_config(config, run.config).epochs
    if epochs <= before:
        raise TdotError(f"{run.id} is planned for {before:,} epochs; --epochs takes more than these, found {epochs:,}.")
    return int(before)
