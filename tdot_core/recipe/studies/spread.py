"""Whether a prior's images cluster or spread like real ones: variance, coverage and neighbours in every feature space."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import torch

from tdot_core.errors import TdotError
from tdot_core.metrics.neighbours import k_smallest
from tdot_core.metrics.pairs import all_rows
from tdot_core.models.extractor import Extractor
from tdot_core.priors import priors
from tdot_core.progress import Progress
from tdot_core.recipe.items import SPACES
from tdot_core.recipe.study import Study
from tdot_core.recipe.table import drawing_precision
from tdot_core.services.compute.device import find_device
from tdot_core.services.features.clouds import Cloud, held_out_cloud, measure_cloud, prior_cloud
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.references import Reference, reference
from tdot_core.services.runs.checkpoints import sha256
from tdot_core.services.runs.store import best_run, list_runs
from tdot_core.services.sampling.generate import SampleSettings
from tdot_core.services.sampling.loading import LoadedNet, load_net, load_prior

SETTINGS = SampleSettings(t_star=10, n_steps=10, n=2000)
REAL = "Real test images"


def _priors(dataset: str) -> tuple[str, ...]:
    shipped = [run.id for run in list_runs() if run.shipped and run.kind in priors.all()]
    return ("vanilla", *shipped, f"oracle:{dataset}")


def _inputs(dataset: str) -> dict[str, Any]:
    loaded = [load_prior(name, dataset=dataset) for name in _priors(dataset)]
    cnn = best_run("cifar-cnn")
    return {
        "priors": [[p.id, p.fingerprint] for p in loaded],
        "net": load_net().fingerprint,
        "features": None if cnn is None else sha256(cnn.weights_path),
        "settings": SETTINGS.document(),
        "spaces": {key: list(layers) for key, layers in SPACES.items()},
    }


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Measure every prior at t* = 10, and as many real test images as the yardstick, against the training images.

    The images are those of the table: seeds from 0 and the same arithmetic.
    """
    where = find_device(device)
    net = load_net(device=where, precision=drawing_precision(device))
    spaces = []
    for key, layers in SPACES.items():
        extractor = yield from opening(key, device=where)
        for layer in layers:
            rows, n_real = yield from _space(dataset, net, extractor, layer, where)
            spaces.append({"extractor": key, "layer": layer, "n_real": n_real, "rows": rows})
    return {"spaces": spaces, "n": SETTINGS.n, "t_star": SETTINGS.t_star, "precision": net.precision}


def _space(
    dataset: str, net: LoadedNet, extractor: Extractor, layer: str, where: torch.device
) -> Generator[Progress, None, tuple[list[dict[str, Any]], int]]:
    """Return the rows of one feature space, and how many training images stand for the real ones."""
    real = yield from reference(dataset, extractor, layer)
    rows: list[dict[str, Any]] = []
    held_out = yield from held_out_cloud(real, SETTINGS.n, extractor, layer)
    if held_out is not None:
        rows.append({"prior": REAL, **spread_of(held_out, real)})
    for name in _priors(dataset):
        label = name
        try:
            prior = load_prior(name, where, dataset)
            label = prior.label
            cloud = yield from prior_cloud(prior, net, SETTINGS, extractor, layer, where)
        except TdotError as error:
            rows.append({"prior": label, "note": str(error)})
            continue
        rows.append({"prior": label, **spread_of(cloud, real)})
    return rows, min(SETTINGS.n, len(real.features.array))


def spread_of(cloud: Cloud, real: Reference) -> dict[str, Any]:
    """Return variance relative to real, coverage, density, and the mean distance to the nearest neighbour within the cloud.

    The last is given relative to that among real training images, as many of each, since neighbours are nearer among
    more: below 1 the cloud huddles.
    """
    measured = measure_cloud(cloud, real)
    n = min(cloud.n, len(real.features.array))
    among_real = _nearest_within(real.features.array[:n])
    return {
        "n": cloud.n,
        "variance_ratio": measured.spread,
        "coverage": measured.coverage,
        "density": measured.density,
        "neighbour_ratio": _nearest_within(cloud.features[:n]) / among_real if among_real > 0 else None,
        "note": measured.note,
    }


def _nearest_within(features: Any) -> float:
    rows = all_rows(np.asarray(features))
    squared, _ = k_smallest(rows, rows, 1, same=True)
    return float(np.sqrt(squared).mean())


SPREAD = Study("spread", _inputs, _measure)
