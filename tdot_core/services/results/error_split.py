"""Whose error it is: what is observed, split into the denoiser's own part and the prior's; no torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.digits import number_text, places_of_column
from tdot_core.services.results.paired import Paired, compare_metric
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import value_text

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
            "prior": self.row.prior,
            "t_star": self.row.t_star,
            "sampler": self.row.sampler,
            "extractor": self.row.extractor,
            "layer": self.row.layer,
            "metric": self.metric,
            "name": self.row.title(self.metric),
            "observed": self.observed.to_json(),
            "floor": None if self.floor is None else self.floor.to_json(),
            "gap": None if self.gap is None else self.gap.to_json(),
            "start": {key: value.to_json() for key, value in self.start.items()},
        }


def decompose(rows: Sequence[EvaluationRow], metric: str = "fd") -> list[Split]:
    """Split every drawn row's metric at the oracle's row of the same setting, in the order of rows; oracles are left out."""
    oracles = {_setting(row): row for row in rows if row.key == ORACLE and row.measured}
    found = []
    for row in rows:
        if row.t_star is None or row.key == ORACLE or metric not in row.metrics:
            continue
        oracle = oracles.get(_setting(row))
        floor = oracle.metrics.get(metric) if oracle is not None else None
        gap = compare_metric(metric, row, oracle) if oracle is not None else None
        found.append(Split(row, metric, row.metrics[metric], floor, gap, row.start))
    return found


def _setting(row: EvaluationRow) -> tuple[Any, ...]:
    """Return what must agree before two rows can be compared, as `EvaluationRow.agrees_with` has it."""
    return tuple((row.chain | row.space | row.sample).values())


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


def split_table(splits: Sequence[Split]) -> list[list[str]]:
    """Return splits as lines of texts, under HEADER; what one measure gave has the same decimals throughout."""
    titles = {split.row.title(split.metric) for split in splits}
    of = {title: [split.observed for split in splits if split.row.title(split.metric) == title] for title in titles}
    places = {title: places_of_column(values) for title, values in of.items()}
    return [_cells(split, places[split.row.title(split.metric)]) for split in splits]


def _cells(split: Split, places: int) -> list[str]:
    row, gap = split.row, split.gap
    span = (
        "-" if gap is None or gap.low is None or gap.high is None else f"{gap.low:.{places}f} .. {gap.high:.{places}f}"
    )
    if gap is not None and gap.measurable is False:
        span += " (no measurable gap)"
    return [
        row.label,
        str(row.t_star),
        row.sampler,
        start_text(split.start, "sliced"),
        start_text(split.start, "bures"),
        row.title(split.metric),
        _number(split.floor, places),
        "-" if gap is None or gap.difference is None else number_text(gap.difference, places),
        _number(split.observed, places),
        span,
    ]


def start_text(start: Mapping[str, MetricValue], key: str) -> str:
    """Return a distance at x_{t*} with that of true test images in brackets, such as "0.21 ± 0.01 (0.12)"."""
    if key not in start:
        return "-"
    floor = start.get(f"{key}_floor")
    beside = "" if floor is None or floor.value is None else f" ({floor.value:.3g})"
    return value_text(start[key], n=False) + beside


def _number(value: MetricValue | None, places: int) -> str:
    return "-" if value is None else value_text(value, n=False, places=places)
