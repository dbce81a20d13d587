"""One line of an evaluation's table, and reading the lines a run has finished; no torch here."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.models.extractors import distance_name, own_resize
from tdot_core.services.catalogue.divisions import division_of, why_no_judge
from tdot_core.services.datasets.sizes import ONE_SIZE
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.files import read_json, write_json

FLOOR, OUTSIDE = "real", "images"
Facts = dict[str, Any]
UNRANKED = ("authpct",)
"""Warnings, not merits: pure noise has the highest share of authentic images."""
LISTS = ("values", "replicates")
BY_KEY = ("metrics", "start")
NEWER: dict[str, Any] = {
    "start": {},
    "may_copy": False,
    "copies": "",
    "precision": "fp32",
    "grid": "uniform",
    "size": ONE_SIZE,
    "resize": "",
    "network": "",
}
"""What rows of earlier versions lack."""


def metric_title(key: str, extractor: str, layer: str) -> str:
    """Return a metric's name for features of this extractor and layer (FID-64, FD-cnn, ...), or the key of an unknown one."""
    known = registered.all()
    return known[key]().title(distance_name(extractor, layer)) if key in known else key


@dataclass(frozen=True)
class EvaluationRow:
    """State what one prior reached at one setting, and all that the numbers depend on.

    prior: key, run id or KEY:DATASET ("real" for real test images, a file's name for images made elsewhere); run: the run behind it; key: its kind; net: the
    denoiser; t_star: None without a chain; t_train: None when it draws at any t; nfe, nfe_prior, seconds_prior,
    seconds_chain: per image, None when nothing was drawn (seconds on one of the parallel workers, when it was drawn: medians over chunks and sets);
    n: images per set; sets: independent sets; seed: of the first image; n_real: real images behind the statistics (each
    metric states its own); clip_x0; device; created: UTC; metrics: by key; note: what a reader must know, or why nothing
    was measured; fingerprint: hash of everything the numbers depend on, empty when nothing was measured; start: how far the
    prior's x_{t_star} is from the true one, by key, empty when it was not asked for; may_copy: whether its images can be
    copies of training images; copies: key of the nearest training images (`tdot_core.services.copies.matches`), "" when not sought;
    precision: arithmetic inside the denoiser, fp32 or bf16; grid: where in time the calls lie; size: width and height of the
    images as they were measured, such as 64x64; network: key of the feature network that the prior was trained through, "" for none; resize: how the extractor brought them to its size, unsaid its own, "" where it does not.
    """

    prior: str
    label: str
    key: str
    run: str
    net: str
    t_star: int | None
    t_train: int | None
    sampler: str
    eta: float | None
    n_steps: int | None
    nfe: int | None
    nfe_prior: int | None
    n: int
    sets: int
    seed: int
    n_real: int
    dataset: str
    extractor: str
    layer: str
    clip_x0: bool
    seconds_prior: float | None
    seconds_chain: float | None
    device: str
    created: str
    metrics: dict[str, MetricValue] = field(default_factory=dict)
    note: str = ""
    fingerprint: str = ""
    start: dict[str, MetricValue] = field(default_factory=dict)
    may_copy: bool = False
    copies: str = ""
    precision: str = "fp32"
    grid: str = "uniform"
    size: str = ONE_SIZE
    resize: str = ""
    network: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "resize", self.resize or own_resize(self.extractor))

    @property
    def chain(self) -> Facts:
        """Return how x_{t_star} became an image: what must agree before the priors behind two rows can be compared."""
        return {
            "t_star": self.t_star,
            "sampler": self.sampler,
            "grid": self.grid,
            "eta": self.eta,
            "n_steps": self.n_steps,
            "clip_x0": self.clip_x0,
            "net": self.net,
            "precision": self.precision,
        }

    @property
    def space(self) -> Facts:
        """Return where distances were taken: what must agree before two values of one metric can be compared."""
        return {"dataset": self.dataset, "extractor": self.extractor, "layer": self.layer, "resize": self.resize}

    @property
    def sample(self) -> Facts:
        """Return which images there are: what must agree before two rows can be paired seed by seed."""
        return {"n": self.n, "sets": self.sets, "seed": self.seed, "n_real": self.n_real}

    def agrees_with(self, other: EvaluationRow) -> bool:
        """Return whether the two differ in nothing but the prior: the one rule of what may be set side by side, seed by seed."""
        return self.differs_from(other) == ""

    def differs_from(self, other: EvaluationRow) -> str:
        """Return the name of the first setting in which two rows of different priors differ, "" when there is none."""
        mine, others = (row.chain | row.space | row.sample for row in (self, other))
        return next((name for name, value in mine.items() if others[name] != value), "")

    @property
    def is_floor(self) -> bool:
        """Return whether these are real test images: the mark to reach, no competitor."""
        return self.key == FLOOR

    @property
    def division(self) -> str:
        """Return the division of the comparison that its prior belongs to, "" for what takes no part."""
        return division_of(self.key, self.network)

    @property
    def no_judge(self) -> str:
        """Return why its numbers count for nothing, "" where they count: no prior is judged by what it was trained through."""
        return why_no_judge(self.network, self.extractor)

    @property
    def measured(self) -> bool:
        """Return whether any metric has a value."""
        return any(value.value is not None for value in self.metrics.values())

    @property
    def seconds(self) -> float | None:
        """Return seconds per image, prior and chain together."""
        return (
            None
            if self.seconds_prior is None or self.seconds_chain is None
            else self.seconds_prior + self.seconds_chain
        )

    def title(self, metric: str) -> str:
        """Return the name under which one of its metrics is shown."""
        return metric_title(metric, self.extractor, self.layer)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; every metric also has its name (FID-64, FD-cnn, ...)."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        unsaid = (("size", ONE_SIZE), ("resize", own_resize(self.extractor)), ("network", ""))
        values = {k: v for k, v in values.items() if (k, v) not in unsaid}
        start = {k: v.to_json() for k, v in self.start.items()}
        return values | {
            "metrics": {k: {"name": self.title(k), **v.to_json()} for k, v in self.metrics.items()},
            "start": start,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> EvaluationRow:
        """Build a row from JSON values; raises TdotError when something is missing or of another type."""
        hints = _kinds()[cls.__name__]
        found = NEWER | {name: values[name] for name in hints if name in values}
        try:
            for name, hint in hints.items():
                if name not in BY_KEY and not _fits(found[name], hint):
                    raise TypeError(name)
            by_key = {name: {str(key): _metric_value(v) for key, v in found[name].items()} for name in BY_KEY}
            return cls(**{**found, **by_key})
        except (KeyError, TypeError, AttributeError) as error:
            raise TdotError(f"A row of this evaluation is damaged at {str(error)[:40]}. Evaluate again.") from error


@cache
def _kinds() -> dict[str, dict[str, tuple[Any, ...]]]:
    """Return the types that each field of a row and of a value takes. Kept: read anew for every value they would take minutes."""
    return {
        cls.__name__: {name: typing.get_args(hint) or (hint,) for name, hint in typing.get_type_hints(cls).items()}
        for cls in (EvaluationRow, MetricValue)
    }


def _fits(value: Any, kinds: tuple[Any, ...]) -> bool:
    if float in kinds and isinstance(value, int) and not isinstance(value, bool):
        return True
    # bool is a subclass of int, but no number of images.
    return type(value) in kinds


def _metric_value(values: Mapping[str, Any]) -> MetricValue:
    hints = _kinds()[MetricValue.__name__]
    # Rows measured before sets were kept one by one have no lists.
    found = {name: values.get(name, []) if name in LISTS else values[name] for name in hints}
    for name, hint in hints.items():
        if not (_numbers(found[name]) if name in LISTS else _fits(found[name], hint)):
            raise TypeError(name)
    fields: dict[str, Any] = {name: tuple(v) if name in LISTS else v for name, v in found.items()}
    return MetricValue(**fields)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(_fits(item, (float,)) for item in value)


def rows_path(run: Run) -> Path:
    """Return where an evaluation run keeps its finished rows."""
    return run.path / "rows.json"


def write_rows(run: Run, rows: list[EvaluationRow]) -> None:
    """Replace the run's finished rows in one step."""
    write_json(rows_path(run), {"rows": [row.to_json() for row in rows]})


def read_rows(run: Run) -> list[EvaluationRow]:
    """Return the rows an evaluation run has finished so far; raises TdotError for another kind of run or a damaged file."""
    if run.kind != "evaluation":
        raise TdotError(f"{run.id} is a {run.kind} run; expected an evaluation, which is what has rows.")
    if not rows_path(run).exists():
        return []
    rows = read_json(rows_path(run)).get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TdotError(f"{run.id}/rows.json holds no list of rows. Evaluate again.")
    return [EvaluationRow.from_json(row) for row in rows]
