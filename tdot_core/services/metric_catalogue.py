"""The metrics by name, for screens; no torch here."""

from __future__ import annotations

from dataclasses import dataclass

from tdot_core.metrics import metrics


@dataclass(frozen=True)
class MetricInfo:
    """What a metric class says about itself. direction: "lower" or "higher" is better; reference: bibliography key or ""."""

    key: str
    label: str
    summary: str
    direction: str
    reference: str


def metric_catalogue() -> list[MetricInfo]:
    """Return every metric in the order of tables."""
    return [MetricInfo(m.key, m.label, m.summary, m.direction, m.reference) for m in metrics.all().values()]
