"""Making one row: draw, extract, measure."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from tdot_core.metrics import metrics as registered
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.evaluation.draws import Effort
from tdot_core.services.evaluation.floor import Floor
from tdot_core.services.evaluation.meter import Meter
from tdot_core.services.evaluation.plan import Cell, Plan
from tdot_core.services.evaluation.rows import FLOOR, EvaluationRow
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features import extract
from tdot_core.services.references import Reference

# Rough shares of the time per image, in units of one denoiser forward; they only shape the progress bar.
FEATURES, DISTANCES = 2, 1

Work = Generator[Progress, None, EvaluationRow]
Values = dict[str, MetricValue]


def set_cost(n: int, forwards: int) -> int:
    """Return the units of progress of a set of n images after so many forwards."""
    return n * (forwards + FEATURES + DISTANCES)


@dataclass(frozen=True)
class RowMaker:
    """Make the rows of one plan against one reference.

    finished: rows of an earlier attempt, used instead of working where they have the same prior and fingerprint.
    """

    plan: Plan
    extractor: Extractor
    layer: str
    real: Reference
    meter: Meter
    finished: Sequence[EvaluationRow]

    def works(self, floor: Floor | None) -> Iterator[Work]:
        """Yield the work of each row in order: a generator of Progress that returns the row."""
        if floor is not None:
            yield self._floor_row(floor)
        for cell in self.plan.cells:
            yield self._refused_row(cell) if cell.refusal else self._prior_row(cell)

    def _prior_row(self, cell: Cell) -> Work:
        plan, spec = self.plan, self.plan.spec
        fingerprint = self._fingerprint(plan.draw(cell, 0).key)
        for row in self.finished:
            if (row.prior, row.fingerprint) == (cell.prior.id, fingerprint):
                self.meter.skip(spec.sets * set_cost(spec.n, spec.n_steps))
                return row
        values: list[Values] = []
        efforts: list[Effort] = []
        for k in range(spec.sets):
            name = cell.title + (f", set {k + 1} of {spec.sets}" if spec.sets > 1 else "")
            images, effort = yield from self.meter.track(name, spec.n * spec.n_steps, plan.draw(cell, k).make())
            efforts.append(effort)
            values.append((yield from self._measure(name, images)))
        seconds = [sum(getattr(e, part) for e in efforts) / spec.sets for part in ("seconds_prior", "seconds_chain")]
        return self._row(
            **_prior_fields(plan, cell), n=spec.n, sets=spec.sets, metrics=_aggregated(values), note=_repeats(cell, spec),
            nfe=efforts[0].nfe, nfe_prior=efforts[0].nfe_prior, seconds_prior=seconds[0], seconds_chain=seconds[1],
            fingerprint=fingerprint,
        )  # fmt: skip

    def _refused_row(self, cell: Cell) -> Work:
        yield from ()
        spec, why = self.plan.spec, cell.refusal
        return self._row(
            **_prior_fields(self.plan, cell), n=spec.n, sets=spec.sets, note=why, metrics=self._absent(why)
        )

    def _floor_row(self, floor: Floor) -> Work:
        n, sets = len(floor.sets[0]) if floor.sets else 0, len(floor.sets)
        fields = {"prior": FLOOR, "key": FLOOR, "label": "Real test images", "n": n, "sets": sets}
        if not floor.sets:
            return self._row(**fields, note=floor.refusal, metrics=self._absent(floor.refusal))
        values: list[Values] = []
        for k, images in enumerate(floor.sets):
            name = "Real test images" + (f", set {k + 1} of {sets}" if sets > 1 else "")
            values.append((yield from self._measure(name, images)))
        return self._row(**fields, metrics=_aggregated(values), note=floor.note, nfe=0, nfe_prior=0)

    def _measure(self, name: str, images: npt.NDArray[Any]) -> Generator[Progress, None, Values]:
        n = len(images)
        found = yield from self.meter.track(name, FEATURES * n, extract(images, self.extractor, [self.layer]))
        return (yield from self.meter.track(name, DISTANCES * n, self._distances(found[self.layer])))

    def _distances(self, fake: Features) -> Generator[Progress, None, Values]:
        keys, values = self.plan.spec.metric_keys, {}
        for done, key in enumerate(keys):
            yield Progress(done, len(keys), {}, "distances")
            values[key] = registered.get(key)().measure(real=self.real.features, fake=fake)
        return values

    def _absent(self, reason: str) -> Values:
        return {key: MetricValue(None, note=reason) for key in self.plan.spec.metric_keys}

    def _row(self, **changes: Any) -> EvaluationRow:
        plan, spec = self.plan, self.plan.spec
        fields: dict[str, Any] = {
            "run": "", "net": "", "t_star": None, "t_train": None, "sampler": "", "eta": None, "n_steps": None, "nfe": None,
            "nfe_prior": None, "seconds_prior": None, "seconds_chain": None, "seed": spec.seed, "n_real": self.real.n,
            "dataset": self.real.dataset, "extractor": spec.extractor, "layer": self.layer, "clip_x0": spec.clip_x0,
            "device": str(plan.device), "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }  # fmt: skip
        return EvaluationRow(**(fields | changes))

    def _fingerprint(self, draw: str) -> str:
        """Return the hash of a row's images, real features, extractor and metrics."""
        spec, statistics = self.plan.spec, self.real.features.statistics
        digest = hashlib.sha256(statistics.mean_f.tobytes() + statistics.cov_f.tobytes() + self.real.rows.tobytes())
        facts = [draw, spec.sets, self.extractor.fingerprint, self.layer, self.real.n, *spec.metric_keys]
        digest.update(json.dumps(facts).encode())
        return digest.hexdigest()[:32]


def _prior_fields(plan: Plan, cell: Cell) -> dict[str, Any]:
    prior, settings = cell.prior, plan.settings(cell, 0).document()
    return {
        "prior": prior.id, "label": prior.label, "key": prior.key, "run": prior.run.id if prior.run else "",
        "net": plan.net.id, "t_train": prior.t_train, **{k: settings[k] for k in ("t_star", "sampler", "eta", "n_steps")},
    }  # fmt: skip


def _aggregated(values: Sequence[Values]) -> Values:
    return {key: aggregate([one[key] for one in values]) for key in values[0]}


def _repeats(cell: Cell, spec: EvaluationSpec) -> str:
    limit = cell.prior.prior.limit()
    if limit is None or limit >= spec.n * spec.sets:
        return ""
    return f"{cell.prior.label} has only {limit} distinct images, so some repeat among the {spec.n * spec.sets} drawn."
