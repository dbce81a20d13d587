"""What a cell of a sweep asks of the room of evaluation; no torch here."""

from __future__ import annotations

from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.sweep.cells import Cell


def evaluation_of(cell: Cell, prior: str, device: str) -> EvaluationSpec:
    """Return the evaluation whose one row per layer is the cell's; prior: what `load_prior` takes. Raises TdotError for bad settings."""
    return EvaluationSpec(
        priors=(prior,),
        net=cell.net,
        t_stars=(cell.t_star,),
        n_steps=cell.n_steps,
        samplers=(cell.sampler,),
        grids=(cell.grid,),
        n=cell.n,
        sets=cell.sets,
        seed=cell.seed,
        dataset=cell.dataset,
        extractor=cell.extractor,
        layers=cell.layers,
        clip_x0=cell.clip_x0,
        metrics=cell.metrics,
        include_floor=False,
        device=device,
        precision=cell.precision,
    )
