"""The metrics by name, for screens; no torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tdot_core.metrics import metrics
from tdot_core.services.catalogue.priors import read_classes
from tdot_core.services.storage.paths import project_root


@dataclass(frozen=True)
class MetricInfo:
    """What a metric class says about itself.

    formula: LaTeX; direction: "lower", "higher" or "zero", in words in `better`; badness: smaller for the better of two
    values; reference: bibliography key or "", equation: where in it.
    """

    key: str
    label: str
    summary: str
    formula: str
    direction: str
    better: str
    badness: Callable[[float], float]
    reference: str
    equation: str


def metric_catalogue() -> list[MetricInfo]:
    """Return every metric in the order of tables."""
    return [
        MetricInfo(m.key, m.label, m.summary, m.formula, m.direction, m.better(), m.badness, m.reference, m.equation)
        for m in metrics.all().values()
    ]


def metric_help() -> str:
    """Return the known metrics as a line of help, read from the sources: importing them takes a command a second."""
    classes = read_classes(project_root() / "tdot_core" / "metrics", ("key", "order"))
    found = [facts.own for facts in classes.values() if "key" in facts.own]
    return ", ".join(str(own["key"]) for own in sorted(found, key=lambda own: (own.get("order", 100), own["key"])))
