"""Whether a prior's images cluster or spread like real ones: variance, coverage and neighbours in feature space."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.metrics.neighbours import k_smallest
from tdot_core.metrics.pairs import all_rows
from tdot_core.progress import Progress
from tdot_core.services.clouds import Cloud, held_out_cloud, measure_cloud, prior_cloud
from tdot_core.services.device import find_device
from tdot_core.services.extractors import opening
from tdot_core.services.loading import load_net, load_prior
from tdot_core.services.recipe.study import Study
from tdot_core.services.recipe.table import compared_priors
from tdot_core.services.references import Reference, reference
from tdot_core.services.runs.best import best_run
from tdot_core.services.runs.checkpoints import sha256
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sampling import SampleSettings

KEY, LAYER = "cifar-cnn", "penultimate"
SETTINGS = SampleSettings(t_star=10, n_steps=10, n=2000)


def _priors(dataset: str) -> tuple[str, ...]:
    from tdot_core.priors import priors

    return compared_priors([run.id for run in list_runs() if run.shipped and run.kind in priors.all()], dataset)


def _inputs(dataset: str) -> dict[str, Any]:
    loaded = [load_prior(name, dataset=dataset) for name in _priors(dataset)]
    cnn = best_run(KEY)
    return {
        "priors": [[p.id, p.fingerprint] for p in loaded], "net": load_net().fingerprint,
        "features": None if cnn is None else sha256(cnn.weights_path), "settings": SETTINGS.document(),
    }  # fmt: skip


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Measure every prior at t* = 10, and as many real test images as the yardstick, against the training images."""
    where = find_device(device)
    extractor = yield from opening(KEY, device=where)
    real = yield from reference(dataset, extractor, LAYER)
    net = load_net(device=where)
    rows = []
    held_out = yield from held_out_cloud(real, SETTINGS.n, extractor, LAYER)
    if held_out is not None:
        rows.append({"prior": "real test images", **spread_of(held_out, real)})
    for name in _priors(dataset):
        try:
            prior = load_prior(name, where, dataset)
            cloud = yield from prior_cloud(prior, net, SETTINGS, extractor, LAYER, where)
        except TdotError as error:
            rows.append({"prior": name, "note": str(error)})
            continue
        rows.append({"prior": name, **spread_of(cloud, real)})
    return {"rows": rows, "n": SETTINGS.n, "t_star": SETTINGS.t_star, "extractor": KEY, "layer": LAYER}


def spread_of(cloud: Cloud, real: Reference) -> dict[str, Any]:
    """Return variance relative to real, coverage, density, and the mean distance to the nearest neighbour within the cloud.

    The last is given relative to that among as many real training images: below 1 the cloud huddles.
    """
    measured = measure_cloud(cloud, real)
    among_real = _nearest_within(np.asarray(real.features.array[: cloud.n]))
    return {
        "n": cloud.n, "variance_ratio": measured.spread, "coverage": measured.coverage, "density": measured.density,
        "neighbour_ratio": _nearest_within(cloud.features) / among_real if among_real > 0 else None, "note": measured.note,
    }  # fmt: skip


def _nearest_within(features: Any) -> float:
    rows = all_rows(np.asarray(features))
    squared, _ = k_smallest(rows, rows, 1, same=True)
    return float(np.sqrt(squared).mean())


SPREAD = Study("spread", _inputs, _measure)
