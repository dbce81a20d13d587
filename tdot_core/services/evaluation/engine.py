"""Evaluating: every row of a plan, one after another."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from tdot_core.progress import Progress
from tdot_core.services.evaluation.floor import Floor, floor_images
from tdot_core.services.evaluation.making import RowMaker, set_cost
from tdot_core.services.evaluation.meter import Meter
from tdot_core.services.evaluation.plan import Plan, make_plan
from tdot_core.services.evaluation.rows import EvaluationRow
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.extractors import opening
from tdot_core.services.references import reference


def evaluate(
    spec: EvaluationSpec,
    *,
    weights: str | Path | None = None,
    on_row: Callable[[EvaluationRow], object] | None = None,
    finished: Sequence[EvaluationRow] = (),
) -> Generator[Progress, None, list[EvaluationRow]]:
    """Return one row per prior, t_star and sampler, in that order, after the floor where it is asked for.

    Everything is checked before the first image is drawn: raises TdotError for what does not exist or fit. A prior that
    cannot serve a t_star gives a row whose metrics are not measured, with the reason, unless it is so for every row. Images
    and features are kept on disk by content, so stopping loses little and an added metric costs no sampling.
    weights: a path for extractor inception; on_row: called with each row as soon as it is there; finished: rows of an
    earlier attempt, taken over where everything they depend on is unchanged.
    """
    plan = make_plan(spec, weights)
    floor = floor_images(spec) if spec.include_floor else None
    meter = Meter(_total(plan, floor))
    opened = opening(spec.extractor, weights=weights, device=plan.device)
    extractor = yield from meter.track(spec.extractor, spec.n, opened)
    layer = spec.layer or extractor.layers[-1]
    extractor.check([layer])
    real = yield from meter.track(f"real images of {spec.dataset}", spec.n, reference(spec.dataset, extractor, layer))
    maker = RowMaker(plan, extractor, layer, real, meter, finished)
    rows = []
    for work in maker.works(floor):
        rows.append((yield from work))
        if on_row is not None:
            on_row(rows[-1])
        yield meter.now()
    return rows


def _total(plan: Plan, floor: Floor | None) -> int:
    spec = plan.spec
    drawn = sum(not cell.refusal for cell in plan.cells) * spec.sets * set_cost(spec.n, spec.n_steps)
    return 2 * spec.n + drawn + sum(set_cost(len(images), 0) for images in (floor.sets if floor else ()))
