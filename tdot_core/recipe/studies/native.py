"""What lifting costs: one prior lifted from where it was trained to a larger t_star, beside the same trained at that t_star."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.recipe.building import finished_run, own_run
from tdot_core.recipe.items import BETTER, ModelItem
from tdot_core.recipe.study import Study
from tdot_core.recipe.table import drawing_precision
from tdot_core.services.datasets import load_dataset
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.runs.checkpoints import sha256
from tdot_core.services.runs.store import best_run
from tdot_core.services.sampling.loading import load_net, load_prior

KEY, LAYER = "cifar-cnn", "penultimate"
LIFTED = next(item for item in BETTER if item.kind == "ot")
T_STARS = (100, 400)
N, SETS, N_STEPS = 5000, 3, 10


def native(t: int) -> ModelItem:
    """Return the lifted prior's recipe, trained at t instead; it stays in the cache."""
    return replace(
        LIFTED,
        name=f"{LIFTED.name}-{t}",
        label=f"{LIFTED.label} at t = {t}",
        settings={**LIFTED.settings, "t_train": t},
        preferred=False,
    )


def _inputs(dataset: str) -> dict[str, Any]:
    cnn = best_run(KEY)
    return {
        "lifted": load_prior(LIFTED.name, dataset=dataset).fingerprint,
        "net": load_net().fingerprint,
        "features": None if cnn is None else sha256(cnn.weights_path),
        "dataset": load_dataset(dataset).info.id,
        "settings": LIFTED.settings,
        "seed": LIFTED.seed,
        "t_stars": list(T_STARS),
        "n": N,
        "sets": SETS,
        "steps": N_STEPS,
    }


def _prepare(dataset: str, device: str, show: Callable[[Progress], None]) -> None:
    for t in T_STARS:
        finished_run(native(t), dataset, device, show)


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Measure both at every t_star on the same seeds: as the benchmark table does, whose rows are taken over."""
    rows = []
    for t in T_STARS:
        run = own_run(native(t), load_dataset(dataset).info.id)
        if run is None:
            raise TdotError(f"No prior is trained at t = {t}. Build the study again.")
        spec = EvaluationSpec(
            priors=(LIFTED.name, run.id),
            t_stars=(t,),
            n_steps=N_STEPS,
            n=N,
            sets=SETS,
            dataset=dataset,
            extractor=KEY,
            layers=(LAYER,),
            include_floor=False,
            device=device,
            precision=drawing_precision(device),
        )
        found = yield from evaluate(spec, finished=[table.row for table in shipped_rows()])
        rows += [_plain(row, "lifted" if row.prior == LIFTED.name else "native") for row in found]
    return {"prior": LIFTED.label, "rows": rows, "n": N, "sets": SETS, "extractor": KEY, "layer": LAYER}


def _plain(row: EvaluationRow, how: str) -> dict[str, Any]:
    values = {name: row.metrics[key] for name, key in (("fd_cnn", "fd"), ("recall_dist", "recall_dist"))}
    spreads = {f"{name}_sd": value.spread for name, value in values.items()}
    return {
        "start": how,
        "t_train": row.t_train,
        "t_star": row.t_star,
        **{name: value.value for name, value in values.items()},
        **spreads,
        "note": row.note,
    }


NATIVE = Study("native", _inputs, _measure, _prepare)
