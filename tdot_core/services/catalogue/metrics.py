"""The metrics by name, for screens; no torch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tdot_core.metrics import metrics


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
