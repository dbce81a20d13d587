"""Making the rows of one set after another: draw, measure, state what the numbers depend on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.progress import Progress
from tdot_core.services.catalogue.divisions import network_of
from tdot_core.services.datasets.sizes import ONE_SIZE, size_of, spoken
from tdot_core.services.evaluation.copy_check import MOST, keep_nearest
from tdot_core.services.evaluation.given_sets import GivenSets
from tdot_core.services.evaluation.measurer import ByLayer, Images, Measurer, Space, Values, measuring_cost
from tdot_core.services.evaluation.meter import Meter
from tdot_core.services.evaluation.plan import Plan, PlannedCell
from tdot_core.services.evaluation.prior_error import Starts
from tdot_core.services.features.heldout import Rows, chosen
from tdot_core.services.results.rows import FLOOR, OUTSIDE, EvaluationRow
from tdot_core.services.sampling.drawn_sets import Effort
from tdot_core.services.sampling.loading import LoadedPrior

Work = Generator[Progress, None, list[EvaluationRow]]


def set_cost(n: int, forwards: int) -> int:
    """Return the units of progress of a set of n images after so many forwards."""
    return n * forwards + measuring_cost(n)


@dataclass(frozen=True)
class RowMaker:
    """Make the rows of one plan, one per feature space for every set of images.

    starts: what measures the priors' x_{t_star}, None when that was not asked for; finished: rows of an earlier attempt,
    used instead of working where they have the same prior and fingerprint.
    """

    plan: Plan
    measurer: Measurer
    meter: Meter
    starts: Starts | None
    finished: Sequence[EvaluationRow]

    def works(self, floor: GivenSets | None, outside: Mapping[str, GivenSets]) -> Iterator[Work]:
        """Yield the work of each subject in order: a generator of Progress that returns its rows."""
        if floor is not None:
            yield self._given_rows(floor, {"prior": FLOOR, "key": FLOOR, "label": "Real test images"})
        for name, sets in outside.items():
            yield self._given_rows(sets, {"prior": name, "key": OUTSIDE, "label": name, "may_copy": True})
        for cell in self.plan.cells:
            yield self._refused_rows(cell) if cell.refusal else self._prior_rows(cell)

    def _prior_rows(self, cell: PlannedCell) -> Work:
        plan, spec = self.plan, self.plan.spec
        prints = {space.layer: self._fingerprint(plan.draw(cell, 0).key, space) for space in self.measurer.spaces}
        if earlier := self._earlier(cell.prior, prints):
            self.meter.skip(spec.sets * set_cost(spec.n, spec.n_steps))
            return earlier
        values: list[ByLayer] = []
        efforts: list[Effort] = []
        copies: dict[str, str] = {}
        for k in range(spec.sets):
            name = cell.title + (f", set {k + 1} of {spec.sets}" if spec.sets > 1 else "")
            images, effort = yield from self.meter.track(name, spec.n * spec.n_steps, plan.draw(cell, k).make())
            efforts.append(effort)
            values.append((yield from self.measurer.measure(name, images, alone=spec.sets == 1)))
            if k == 0 and cell.prior.prior.may_copy:
                copies = yield from self._copies(name, images)
        start = {} if self.starts is None else (yield from self.meter.track(cell.title, 0, self.starts.measure(cell)))
        seconds = [median(getattr(e, part) for e in efforts) for part in ("seconds_prior", "seconds_chain")]
        return [
            self._row(
                space,
                **_prior_fields(plan, cell),
                n=spec.n,
                sets=spec.sets,
                note=" ".join(n for n in (_repeats(cell, plan), plan.denoiser.note) if n),
                metrics=_aggregated(values, space.layer),
                nfe=efforts[0].nfe,
                nfe_prior=efforts[0].nfe_prior,
                seconds_prior=seconds[0],
                seconds_chain=seconds[1],
                fingerprint=prints[space.layer],
                start=start,
                copies=copies.get(space.layer, ""),
            )
            for space in self.measurer.spaces
        ]

    def _refused_rows(self, cell: PlannedCell) -> Work:
        yield from ()
        spec, why = self.plan.spec, cell.refusal
        fields = {**_prior_fields(self.plan, cell), "n": spec.n, "sets": spec.sets}
        return [self._row(space, **fields, note=why, metrics=self._absent(why)) for space in self.measurer.spaces]

    def _given_rows(self, given: GivenSets, names: dict[str, Any]) -> Work:
        n, sets = len(given.sets[0]) if given.sets else 0, len(given.sets)
        fields = {**names, "n": n, "sets": sets}
        if not given.sets:
            absent = {"note": given.refusal, "metrics": self._absent(given.refusal)}
            return [self._row(space, **fields, **absent) for space in self.measurer.spaces]
        values: list[ByLayer] = []
        copies: dict[str, str] = {}
        if names["key"] == OUTSIDE:
            # Files are often sorted by class.
            copies = yield from self._copies(str(names["label"]), given.sets[0], chosen(n, MOST))
        fields["size"] = size_of(given.sets[0])
        for k, images in enumerate(given.sets):
            name = str(names["label"]) + (f", set {k + 1} of {sets}" if sets > 1 else "")
            without = given.rows[k] if given.rows else None
            values.append((yield from self.measurer.measure(name, images, alone=sets == 1, without=without)))
        return [
            self._row(
                space,
                **fields,
                metrics=_aggregated(values, space.layer),
                note=given.note,
                nfe=0,
                nfe_prior=0,
                copies=copies.get(space.layer, ""),
            )
            for space in self.measurer.spaces
        ]

    def _copies(self, name: str, images: Images, rows: Rows | None = None) -> Generator[Progress, None, dict[str, str]]:
        found: dict[str, str] = {}
        # Training images are 32 x 32, and real images that a user brings are not known as anybody's training images.
        if self.plan.spec.real or size_of(images) != ONE_SIZE:
            return found
        for space in self.measurer.spaces:
            work = keep_nearest(images, self.plan.spec.dataset, self.measurer.extractor, space, rows)
            found[space.layer] = yield from self.meter.track(name, 0, work)
        return found

    def _absent(self, reason: str) -> Values:
        return {key: MetricValue(None, note=reason) for key in self.measurer.keys}

    def _earlier(self, prior: LoadedPrior, prints: Mapping[str, str]) -> list[EvaluationRow]:
        """Return the rows of an earlier attempt, under today's label, when there is one for every space."""
        found = [
            next((r for r in self.finished if (r.prior, r.layer, r.fingerprint) == (prior.id, *place)), None)
            for place in prints.items()
        ]
        return [replace(row, label=prior.label) for row in found if row is not None] if all(found) else []

    def _row(self, space: Space, **changes: Any) -> EvaluationRow:
        plan, spec = self.plan, self.plan.spec
        fields: dict[str, Any] = {
            "run": "",
            "net": "",
            "t_star": None,
            "t_train": None,
            "sampler": "",
            "eta": None,
            "n_steps": None,
            "nfe": None,
            "nfe_prior": None,
            "seconds_prior": None,
            "seconds_chain": None,
            "seed": spec.seed,
            "n_real": space.real.n,
            "dataset": space.real.dataset,
            "extractor": spec.extractor,
            "resize": self.measurer.extractor.resize,
            "layer": space.layer,
            "clip_x0": spec.clip_x0,
            "device": str(plan.device),
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        row = EvaluationRow(**(fields | changes))
        about = (_another_size(row, space), space.real.note) if row.measured else ()
        return replace(row, note=" ".join(part for part in (row.note, *about) if part))

    def _fingerprint(self, draw: str, space: Space) -> str:
        """Return the hash of a row's images, real features, extractor and metrics."""
        spec, measurer = self.plan.spec, self.measurer
        facts = [
            draw,
            spec.sets,
            spec.n,
            measurer.extractor.fingerprint,
            space.layer,
            measurer.digests[space.layer],
            space.heldout.digest(),
            self.starts.digest if self.starts else "",
            *measurer.keys,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _another_size(row: EvaluationRow, space: Space) -> str:
    if space.real.size in ("", row.size):
        return ""
    return f"These images are {spoken(row.size)} and those of {space.real.dataset} {spoken(space.real.size)}: size itself moves the distance."


def _prior_fields(plan: Plan, cell: PlannedCell) -> dict[str, Any]:
    prior, settings = cell.prior, plan.settings(cell, 0).document()
    return {
        "prior": prior.id,
        "label": prior.label,
        "key": prior.key,
        "run": prior.run.id if prior.run else "",
        "net": plan.denoiser.id,
        "precision": plan.denoiser.precision,
        "t_train": prior.t_train,
        "may_copy": prior.prior.may_copy,
        "network": network_of(prior.run.spec) if prior.run else "",
        **{k: settings[k] for k in ("t_star", "sampler", "eta", "n_steps")},
        "grid": cell.grid,
    }


def _aggregated(values: Sequence[ByLayer], layer: str) -> Values:
    return {key: aggregate([one[layer][key] for one in values]) for key in values[0][layer]}


def _repeats(cell: PlannedCell, plan: Plan) -> str:
    limit, drawn = cell.prior.prior.limit(), plan.spec.n * plan.spec.sets
    if limit is None or limit >= drawn:
        return ""
    return f"{cell.prior.label} has only {limit} distinct images, so some repeat among the {drawn} drawn."
