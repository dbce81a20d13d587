"""Whose error it is: what is observed, split into the denoiser's own part and the prior's; no torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.metrics.value import MetricValue
from tdot_core.services.evaluation.paired import Paired, compare_metric
from tdot_core.services.evaluation.rows import EvaluationRow
from tdot_core.services.evaluation.table import value_text

ORACLE = "oracle"
START = ("sliced", "bures", "sliced_floor", "bures_floor")
EXPLAINED = (
    "At x_{t*}, before any step: sliced is the root mean squared Wasserstein distance over 500 random projections of pixels, to "
    "noised training images; Bures the distance between Gaussians with the sample's and the true moments. In brackets: the same "
    "for noised test images, which only their number keeps from 0. After the chain: the oracle starts from true x_{t*}, so its "
    "value is the denoiser's floor, and the gap above it is the prior's error; floor + gap = observed."
)


@dataclass(frozen=True)
class Split:
    """One prior at one setting: observed = floor + gap.

    floor: the oracle's value with the same denoiser and seeds, None where it was not evaluated; gap: row minus oracle, with
    its interval; start: the row's distances at x_{t*}.
    """

    row: EvaluationRow
    metric: str
    observed: MetricValue
    floor: MetricValue | None
    gap: Paired | None
    start: dict[str, MetricValue]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "prior": self.row.prior, "t_star": self.row.t_star, "sampler": self.row.sampler, "extractor": self.row.extractor,
            "layer": self.row.layer, "metric": self.metric, "name": self.row.title(self.metric), "observed": self.observed.to_json(),
            "floor": None if self.floor is None else self.floor.to_json(), "gap": None if self.gap is None else self.gap.to_json(),
            "start": {key: value.to_json() for key, value in self.start.items()},
        }  # fmt: skip


def setting(row: EvaluationRow) -> tuple[Any, ...]:
    """Return what must agree between a prior's row and its oracle's."""
    return (
        row.t_star, row.sampler, row.eta, row.n_steps, row.clip_x0, row.net, row.dataset, row.extractor, row.layer, row.n_real,
        row.n, row.sets, row.seed, row.precision,
    )  # fmt: skip


def decompose(rows: Sequence[EvaluationRow], metric: str = "fd") -> list[Split]:
    """Split every drawn row's metric at the oracle's row of the same setting, in the order of rows; oracles are left out."""
    oracles = {setting(row): row for row in rows if row.key == ORACLE and row.measured}
    found = []
    for row in rows:
        if row.t_star is None or row.key == ORACLE or metric not in row.metrics:
            continue
        oracle = oracles.get(setting(row))
        floor = oracle.metrics.get(metric) if oracle is not None else None
        gap = compare_metric(metric, row, oracle) if oracle is not None else None
        found.append(Split(row, metric, row.metrics[metric], floor, gap, row.start))
    return found


HEADER = [
    "prior",
    "t*",
    "sampler",
    "sliced at x_t*",
    "Bures at x_t*",
    "measured by",
    "floor",
    "gap",
    "observed",
    "gap's interval",
]


def split_cells(split: Split) -> list[str]:
    """Return a split as texts, under HEADER."""
    row, gap = split.row, split.gap
    span = "-" if gap is None or gap.low is None or gap.high is None else f"{gap.low:.3g} .. {gap.high:.3g}"
    if gap is not None and gap.measurable is False:
        span += " (no measurable gap)"
    return [
        row.label, str(row.t_star), row.sampler, start_text(split.start, "sliced"), start_text(split.start, "bures"),
        row.title(split.metric), _number(split.floor), "-" if gap is None or gap.difference is None else f"{gap.difference:.4g}",
        _number(split.observed), span,
    ]  # fmt: skip


def start_text(start: Mapping[str, MetricValue], key: str) -> str:
    """Return a distance at x_{t*} with that of true test images in brackets, such as "0.21 ± 0.01 (0.12)"."""
    if key not in start:
        return "-"
    floor = start.get(f"{key}_floor")
    beside = "" if floor is None or floor.value is None else f" ({floor.value:.3g})"
    return value_text(start[key], n=False) + beside


def _number(value: MetricValue | None) -> str:
    return "-" if value is None else value_text(value, n=False)
