"""The commands that make an evaluation, or given rows, again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tdot_core.maths.grid import UNIFORM
from tdot_core.metrics import metrics
from tdot_core.models.extractors import own_resize
from tdot_core.services.results.rows import EvaluationRow

REPEATED = {
    "priors": "prior",
    "images": "images",
    "t_stars": "t-star",
    "samplers": "sampler",
    "grids": "grid",
    "layers": "layer",
    "metrics": "metric",
}
ONCE = {
    "n_steps": "steps",
    "eta": "eta",
    "n": "n",
    "sets": "sets",
    "seed": "seed",
    "dataset": "dataset",
    "statistics": "statistics",
    "real": "real",
    "resize": "resize",
    "extractor": "extractor",
    "net": "net",
    "precision": "precision",
    "device": "device",
}
FLAGS = {"clip_x0": (False, "no-clip"), "include_floor": (False, "no-floor"), "prior_error": (True, "prior-error")}
"""The options of `evaluate` by the names of `EvaluationSpec`; a flag with the value that needs it."""

BROUGHT = (".npz", ".zip", "/")
"""How names of files and folders end."""
AXES = ("samplers", "grids", "t_stars", "priors", "layers")
Product = tuple[tuple[str, ...], ...]
"""Values along each of AXES; all their combinations are meant."""


def command_of(settings: Mapping[str, Any]) -> str:
    """Return the `python -m tdot_core evaluate` line of settings as `EvaluationSpec.plain` gives them; any may be left out."""
    words = ["python", "-m", "tdot_core", "evaluate"]
    for name, option in REPEATED.items():
        words += [word for value in settings.get(name) or () for word in (f"--{option}", str(value))]
    for name, option in ONCE.items():
        if settings.get(name) not in (None, ""):
            words += [f"--{option}", str(settings[name])]
    words += [f"--{option}" for name, (value, option) in FLAGS.items() if settings.get(name) is value]
    return shlex.join(words)


def commands_of(rows: Iterable[EvaluationRow]) -> list[str]:
    """Return the commands that measure the rows again and nothing else; rows that differ in one setting share one.

    Left out are rows without a value, without a chain (real images, images made elsewhere), and those compared with what
    a user brought, a file of statistics or images, whose place no row knows.
    """
    groups: dict[tuple[tuple[str, Any], ...], list[Product]] = {}
    for row in rows:
        if row.measured and row.t_star is not None and not row.dataset.endswith(BROUGHT):
            cell = (
                (row.sampler,),
                () if row.grid == UNIFORM else (row.grid,),
                (str(row.t_star),),
                (row.run or row.prior,),
                (row.layer,),
            )
            groups.setdefault(tuple(_shared(row).items()), []).append(cell)
    return [
        command_of(dict(shared) | dict(zip(AXES, product, strict=True)))
        for shared, cells in groups.items()
        for product in _joined(cells)
    ]


def _shared(row: EvaluationRow) -> dict[str, Any]:
    """Return the settings that all rows of one command have in common, with hashable values."""
    return {
        "metrics": () if set(row.metrics) == set(metrics.all()) else tuple(row.metrics),
        "n_steps": row.n_steps,
        "eta": row.eta if row.sampler == "ddim" and row.eta else None,
        "n": row.n,
        "sets": row.sets,
        "seed": row.seed,
        "resize": "" if row.resize == own_resize(row.extractor) else row.resize,
        "dataset": row.dataset,
        "extractor": row.extractor,
        "net": row.net,
        "precision": row.precision,
        "clip_x0": row.clip_x0,
        "include_floor": False,
        "prior_error": bool(row.start),
    }


def _joined(cells: Sequence[Product]) -> list[Product]:
    """Return products that together are the cells, each once: along one axis after another, equal ones are put together."""
    ranks = [list(dict.fromkeys(cell[axis] for cell in cells)) for axis in range(len(AXES))]
    # In one order along every axis, or equal values would look different.
    products = sorted(
        dict.fromkeys(cells), key=lambda cell: [rank.index(v) for rank, v in zip(ranks, cell, strict=True)]
    )
    for axis in reversed(range(len(AXES))):
        found: dict[Product, list[str]] = {}
        for product in products:
            found.setdefault(product[:axis] + product[axis + 1 :], []).extend(product[axis])
        products = [rest[:axis] + (tuple(values),) + rest[axis:] for rest, values in found.items()]
    return products
