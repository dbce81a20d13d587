"""The priors by name, and which of them can be sampled now, without importing torch."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.maths.reach import lowest_t
from tdot_core.services.datasets import DatasetInfo, list_datasets
from tdot_core.services.runs.store import Run, best_run, list_runs, runs_dir, shipped_dir
from tdot_core.services.storage.paths import project_root

BUILT_IN_DATASET = "digits"
TEXTS = ("key", "label", "summary", "formula", "explanation", "reference", "stands")


@dataclass(frozen=True)
class PriorInfo:
    """What a prior class says about itself. formula: LaTeX; reference: bibliography key; order: place, which fixes its colour;
    stands: what it is for a comparison when no trained network helped, "" for what takes no part.
    """

    key: str
    label: str
    summary: str
    formula: str
    explanation: str
    reference: str
    stands: str
    order: int
    any_t: bool
    trainable: bool
    needs_data: bool


@dataclass(frozen=True)
class PriorChoice:
    """A prior that can be sampled now.

    name: what `load_prior` takes (key, run id, or KEY:DATASET); t_train: the step it was trained at, None when it draws
    at any t; dataset: what it was trained on or draws from, "" for none; run: id of the run its weights lie in, "" for none.
    """

    name: str
    key: str
    label: str
    t_train: int | None
    shipped: bool
    dataset: str
    run: str = ""

    @property
    def lowest_t(self) -> int:
        """Return the smallest t_star it can serve."""
        return lowest_t(self.t_train)


def prior_catalogue() -> list[PriorInfo]:
    """Return every prior in registration order, read from the sources in tdot_core/priors."""
    folder = project_root() / "tdot_core" / "priors"
    return list(_read(tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.py")))))


@lru_cache(maxsize=4)
def _read(stamp: tuple[tuple[str, int], ...]) -> tuple[PriorInfo, ...]:
    classes = read_classes(project_root() / "tdot_core" / "priors")
    found = [
        PriorInfo(
            **{name: str(attribute(classes, cls, name, "")) for name in TEXTS},
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


@dataclass(frozen=True)
class ClassFacts:
    """One class: its name, the names of its bases, and the class attributes that are plain values."""

    name: str
    bases: tuple[str, ...]
    own: dict[str, Any] = field(default_factory=dict)


LITERAL = ("key", "label", "summary", "formula", "explanation", "reference", "order", "rank")
"""What catalogues show of a class, and so must be able to read."""


def read_classes(folder: Path, literal: Collection[str] = LITERAL) -> dict[str, ClassFacts]:
    """Return the top-level classes of the Python files in folder by name; nothing is executed or imported.

    Raises TdotError for an attribute named in `literal` that is computed.
    """
    found = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8"), filename=path.name).body:
            if isinstance(node, ast.ClassDef):
                bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
                found[node.name] = ClassFacts(node.name, bases, dict(_constants(node, literal)))
    return found


def _constants(node: ast.ClassDef, literal: Collection[str]) -> Iterator[tuple[str, Any]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                try:
                    yield target.id, ast.literal_eval(value)
                except ValueError:
                    if target.id in literal:
                        raise TdotError(
                            f"{target.id} of {node.name} is computed; catalogues read the source without running it, so write a "
                            "plain literal."
                        ) from None
                    continue  # a computed attribute, such as Config = VaeConfig


def attribute(classes: dict[str, ClassFacts], name: str, attribute_name: str, default: Any = None) -> Any:
    """Return a class attribute as Python would find it: the class's own, else its bases', left to right; else default."""
    facts = classes.get(name)
    if facts is None:
        return default
    if attribute_name in facts.own:
        return facts.own[attribute_name]
    missing = object()
    inherited = (attribute(classes, base, attribute_name, missing) for base in facts.bases)
    return next((value for value in inherited if value is not missing), default)
