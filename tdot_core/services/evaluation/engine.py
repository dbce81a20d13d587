"""Evaluating: every row of a plan, one after another."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

from tdot_core.metrics import metrics as registered
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress
from tdot_core.services.datasets.outside import read_outside
from tdot_core.services.evaluation.given_sets import GivenSets, floor_images, outside_sets
from tdot_core.services.evaluation.measurer import Measurer, Space
from tdot_core.services.evaluation.meter import Meter
from tdot_core.services.evaluation.plan import Plan, make_plan
from tdot_core.services.evaluation.prior_error import starts_of
from tdot_core.services.evaluation.real_side import image_references, keeps_size, statistics_reference
from tdot_core.services.evaluation.row_maker import RowMaker, set_cost
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.heldout import HeldOut, held_out
from tdot_core.services.features.references import references
from tdot_core.services.results.rows import EvaluationRow


def evaluate(
    spec: EvaluationSpec,
    *,
    weights: str | Path | None = None,
    on_row: Callable[[EvaluationRow], object] | None = None,
    finished: Sequence[EvaluationRow] = (),
) -> Generator[Progress, None, list[EvaluationRow]]:
    """Return the rows of the floor, of images made elsewhere, and one per prior, t_star, sampler and layer, in that order.

    Everything is checked before the first image is drawn: raises TdotError for what does not exist or fit. A prior that
    cannot serve a t_star gives a row whose metrics are not measured, with the reason, unless it is so for every row. Images,
    features and values are kept on disk by content, so stopping loses little and an added metric costs that metric.
    weights: a path for extractor inception; on_row: called with each row as soon as it is there; finished: rows of an
    earlier attempt, taken over where everything they depend on is unchanged.
    """
    plan = make_plan(spec, weights)
    outside: dict[str, GivenSets] = {}
    own_size = keeps_size(spec)
    for source in spec.images:
        read = yield from read_outside(source, own_size=own_size)
        outside[_unused(read.name, outside)] = outside_sets(spec, read)
    floor = floor_images(spec) if spec.include_floor else None
    n = (
        spec.n
        if plan.cells
        else min(spec.n, max((len(s) for given in outside.values() for s in given.sets), default=spec.n))
    )
    meter = Meter(_total(plan, n, floor, outside))
    opened = opening(spec.extractor, weights=weights, device=plan.device, resize=spec.resize)
    extractor = yield from meter.track(spec.extractor, n, opened)
    layers = list(spec.layers or extractor.layers[-1:])
    extractor.check(layers)
    whose = Path(spec.real or spec.statistics or spec.dataset).name
    spaces = yield from meter.track(f"real images of {whose}", n, _spaces(spec, extractor, layers))
    measurer = Measurer(extractor, spaces, spec.metric_keys, meter)
    starts = starts_of(plan) if spec.prior_error else None
    maker = RowMaker(plan, measurer, meter, starts, finished)
    rows = []
    for work in maker.works(floor, outside):
        for row in (yield from work):
            rows.append(row)
            if on_row is not None:
                on_row(row)
        yield meter.now()
    return rows


def _spaces(spec: EvaluationSpec, extractor: Extractor, layers: list[str]) -> Generator[Progress, None, list[Space]]:
    if spec.statistics:
        real = {layers[0]: statistics_reference(spec, extractor, layers[0])}
    elif spec.real:
        real = yield from image_references(spec, extractor, layers)
    else:
        real = yield from references(spec.dataset, extractor, layers)
    if any("heldout" in registered.get(key).reads for key in spec.metric_keys) and not spec.brings_real:
        heldout = yield from held_out(spec.dataset, spec.n, extractor, layers)
    else:
        why = "A file of statistics says nothing about single images." if spec.statistics else ""
        why = f"{Path(spec.real).name} has no test images set apart." if spec.real else why
        heldout = {layer: HeldOut(why=why) for layer in layers}
    return [Space(layer, real[layer], heldout[layer]) for layer in layers]


def _unused(name: str, taken: Mapping[str, object]) -> str:
    """Return the name, numbered when images of another place have it already."""
    return name if name not in taken else f"{name} ({len(taken) + 1})"


def _total(plan: Plan, n: int, floor: GivenSets | None, outside: Mapping[str, GivenSets]) -> int:
    spec = plan.spec
    drawn = sum(not cell.refusal for cell in plan.cells) * spec.sets * set_cost(spec.n, spec.n_steps)
    given = [*outside.values(), *([floor] if floor else [])]
    return 2 * n + drawn + sum(set_cost(len(images), 0) for one in given for images in one.sets)
