"""Making one shipped model: nothing when it is there, else resume or train, then ship."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tdot_core.config import build_config, recorded_config
from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.recipe.items import ModelItem
from tdot_core.recipe.shipping import mark, ship
from tdot_core.services.datasets import load_dataset
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.training.session import create_training

Show = Callable[[Progress], None]


def same_recipe(run: Run, item: ModelItem, dataset_id: str) -> bool:
    """Say whether a run was made, or is being made, as the item wants: kind, settings, seed and data."""
    if run.kind != item.kind or run.spec.get("seed") != item.seed:
        return False
    if (run.spec.get("dataset") or {}).get("id") != dataset_id:
        return False
    wanted: Any = find_trainable(item.kind).Config
    try:
        return bool(recorded_config(wanted, run.config) == build_config(wanted, item.settings))
    except TdotError:
        return False


def shipped_as_wanted(item: ModelItem, dataset_id: str) -> Run | None:
    """Return the shipped run under the item's name when it follows the item's recipe to the end, else None."""
    for run in list_runs(item.kind):
        if run.shipped and run.id == item.name and same_recipe(run, item, dataset_id):
            status = run.status()
            return run if status.step == status.total else None
    return None


def build_model(item: ModelItem, dataset: str, device: str, show: Show) -> str:
    """Bring one model to assets/models and return "unchanged", "shipped" (a finished run was there) or "trained".

    A run of the user's own with the same recipe is resumed. Raises TdotError when training was stopped or failed.
    """
    dataset_id = load_dataset(dataset).info.id
    if shipped_as_wanted(item, dataset_id) is not None:
        mark(item.kind, item.name, item.label, item.preferred)
        return "unchanged"
    run, outcome = finished_run(item, dataset, device, show)
    ship(run, item.name, label=item.label, preferred=item.preferred)
    return outcome


def own_run(item: ModelItem, dataset_id: str) -> Run | None:
    """Return the user's own run of the item's recipe that came furthest, or None."""
    own = [run for run in list_runs(item.kind) if not run.shipped and same_recipe(run, item, dataset_id)]
    return max(own, key=lambda run: run.status().step, default=None)


def finished_run(item: ModelItem, dataset: str, device: str, show: Show) -> tuple[Run, str]:
    """Return a run of the item's recipe, trained to its end, in the cache, and "shipped" if it was there or "trained"."""
    run = own_run(item, load_dataset(dataset).info.id)
    if run is None:
        run = create_training(item.kind, dataset, item.settings, seed=item.seed, device=device, label=item.label)
    if run.status().state == "done":
        return run, "shipped"
    _train(run, item, show)
    return run, "trained"


def _train(run: Run, item: ModelItem, show: Show) -> None:
    with run_lock(run, "work"):
        status = execute(run, show)
    if status.state != "done":
        raise TdotError(f"{item.name}: {status.state} at step {status.step} of {status.total}. Build again to go on.")
