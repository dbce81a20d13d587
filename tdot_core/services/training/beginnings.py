"""The run that another one begins with: found, checked and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from tdot_core.config import recorded_config
from tdot_core.errors import TdotError
from tdot_core.models.trainable import Trainable
from tdot_core.services.runs.checkpoints import load_weights, sha256
from tdot_core.services.runs.store import Run, find_run


def beginning_run(cls: type[Trainable], config: Any) -> Run | None:
    """Return the run that a config names as the one to begin with, or None; raises TdotError when it cannot serve."""
    name = getattr(config, "begin_with", "")
    if not name:
        return None
    run = find_run(name)
    if run.kind != cls.key:
        raise TdotError(f"A {cls.key} can begin with a run of its own kind; {run.id} is a {run.kind} run.")
    if not run.weights_path.exists():
        raise TdotError(f"{run.id} has no weights to begin with yet. Train it first.")
    return run


def beginning_of(cls: type[Trainable], config: Any) -> tuple[Mapping[str, Tensor], Any] | None:
    """Return the weights and the Config of that run, or None; raises TdotError when it cannot serve or is damaged."""
    run = beginning_run(cls, config)
    return None if run is None else (load_weights(run.path), recorded_config(cls.Config, run.config))


def provenance_of(run: Run | None) -> dict[str, Any]:
    """Return what a spec records of the run begun with: its id and the hash of its weights; nothing for None."""
    return {} if run is None else {"begun_with": {"run": run.id, "weights": sha256(run.weights_path)}}
