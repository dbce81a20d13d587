"""The priors by name, and which of them can be sampled now, without importing torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tdot_core.services.class_attributes import attribute, read_classes
from tdot_core.services.datasets import DatasetInfo, list_datasets
from tdot_core.services.paths import project_root
from tdot_core.services.runs.best import best_run
from tdot_core.services.runs.store import Run, list_runs, runs_dir, shipped_dir

BUILT_IN_DATASET = "digits"


@dataclass(frozen=True)
class PriorInfo:
    """What a prior class says about itself. reference: bibliography key; order: place, which fixes its colour."""

    key: str
    label: str
    summary: str
    reference: str
    order: int
    any_t: bool
    trainable: bool
    needs_data: bool


@dataclass(frozen=True)
class PriorChoice:
    """A prior that can be sampled now.

    name: what `load_prior` takes (key, run id, or KEY:DATASET); t_train: the smallest t_star it serves, None when it draws
    at any t; dataset: what it was trained on or draws from, "" for none; run: id of the run its weights lie in, "" for none.
    """

    name: str
    key: str
    label: str
    t_train: int | None
    shipped: bool
    dataset: str
    run: str = ""


def prior_catalogue() -> list[PriorInfo]:
    """Return every prior in registration order, read from the sources in tdot_core/priors."""
    folder = project_root() / "tdot_core" / "priors"
    return list(_read(tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.py")))))


@lru_cache(maxsize=4)
def _read(stamp: tuple[tuple[str, int], ...]) -> tuple[PriorInfo, ...]:
    classes = read_classes(project_root() / "tdot_core" / "priors")
    found = [
        PriorInfo(
            **{name: str(attribute(classes, cls, name, "")) for name in ("key", "label", "summary", "reference")},
            order=int(attribute(classes, cls, "order", 100)),
            any_t=bool(attribute(classes, cls, "any_t", False)),
            trainable=bool(attribute(classes, cls, "trainable", True)),
            needs_data=bool(attribute(classes, cls, "needs_data", False)),
        )
        for cls, facts in classes.items()
        if "key" in facts.own
    ]
    return tuple(sorted(found, key=lambda info: (info.order, info.key)))


def prior_choices() -> list[PriorChoice]:
    """Return everything that can be sampled now, in catalogue order.

    That is: priors that need nothing; per trained kind its best run (named by the key), then the other runs that have
    weights (named by id); priors that draw from images, once per imported data set. The built-in data set counts when a
    model was trained on it.
    """
    runs = [run for run in list_runs() if run.weights_path.exists()]
    trained_on = {_dataset_of(run) for run in runs}
    datasets = [info for info in list_datasets() if info.name != BUILT_IN_DATASET or BUILT_IN_DATASET in trained_on]
    found: list[PriorChoice] = []
    for info in prior_catalogue():
        if info.needs_data:
            found += [_from_dataset(info, dataset) for dataset in datasets if _can_draw(info, dataset)]
        elif not info.trainable:
            found.append(PriorChoice(info.key, info.key, info.label, None, shipped=True, dataset=""))
        else:
            found += _from_runs(info, [run for run in runs if run.kind == info.key])
    return found


def runs_in_order(key: str) -> tuple[str, ...]:
    """Return the ids of a kind's runs in an order that new runs do not change: shipped, preferred first, then own, oldest first."""
    folders = (shipped_dir(), runs_dir())
    return _in_order(key, tuple((folder, folder.stat().st_mtime_ns if folder.is_dir() else 0) for folder in folders))


@lru_cache(maxsize=64)
def _in_order(key: str, stamp: tuple[tuple[Path, int], ...]) -> tuple[str, ...]:
    runs = list_runs(key)
    shipped = sorted((run for run in runs if run.shipped), key=lambda run: not run.spec.get("preferred"))
    own = sorted((run for run in runs if not run.shipped), key=lambda run: (str(run.spec.get("created", "")), run.id))
    return tuple(run.id for run in [*shipped, *own])


def _from_runs(info: PriorInfo, runs: list[Run]) -> list[PriorChoice]:
    best = best_run(info.key)
    if best is None:
        return []
    others = [run for run in runs if run.path != best.path]
    return [_from_run(info, best, info.key)] + [_from_run(info, run, run.id) for run in others]


def _from_run(info: PriorInfo, run: Run, name: str) -> PriorChoice:
    t_train = None if info.any_t else int(run.config.get("t_train", 0))
    given = str(run.spec.get("label") or "")
    label = given or (info.label if name == info.key else f"{info.label} ({run.id})")
    return PriorChoice(name, info.key, label, t_train, run.shipped, _dataset_of(run), run.id)


def _from_dataset(info: PriorInfo, dataset: DatasetInfo) -> PriorChoice:
    t_train = None if info.any_t else 0
    return PriorChoice(
        f"{info.key}:{dataset.name}", info.key, f"{info.label} ({dataset.name})", t_train, False, dataset.name
    )


def _can_draw(info: PriorInfo, dataset: DatasetInfo) -> bool:
    # The oracle noises test images, so that it stays honest against training statistics.
    return dataset.n_test > 0 if info.any_t else dataset.n_train > 0


def _dataset_of(run: Run) -> str:
    named = run.spec.get("dataset")
    return str(named.get("name", "")) if isinstance(named, dict) else str(named or "")
