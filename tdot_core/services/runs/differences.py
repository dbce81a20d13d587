"""The settings of several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.services.runs.store import Run


@dataclass(frozen=True)
class Setting:
    """One setting of several runs. values: a text per run, "" where it has none; differs: not all the same."""

    name: str
    values: tuple[str, ...]
    differs: bool


def compare_settings(runs: Sequence[Run]) -> list[Setting]:
    """Return every setting that any of the runs has, those that differ first, else in the order they are declared."""
    facts = [_facts(run) for run in runs]
    names = list(dict.fromkeys(name for one in facts for name in one))
    found = []
    for name in names:
        values = tuple("" if one.get(name) is None else str(one[name]) for one in facts)
        found.append(Setting(name, values, len(set(values)) > 1))
    return sorted(found, key=lambda setting: not setting.differs)


def _facts(run: Run) -> dict[str, Any]:
    data = run.spec.get("dataset")
    name = data.get("name") if isinstance(data, dict) else data
    return {"kind": run.kind, "data set": name, "seed": run.spec.get("seed"), **run.config}
