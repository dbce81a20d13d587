"""What the denoiser alone costs: one half of the test images noised and denoised, beside the other half untouched."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import distance_name
from tdot_core.progress import Progress
from tdot_core.recipe.items import SPACES
from tdot_core.recipe.study import Study
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.features.references import reference
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings
from tdot_core.services.sampling.loading import load_net, load_prior

T_STAR, N_STEPS = 100, 10


def _settings(dataset: str) -> SampleSettings:
    return SampleSettings(T_STAR, N_STEPS, n=load_dataset(dataset).info.n_test // 2)


def _inputs(dataset: str) -> dict[str, Any]:
    return {
        "net": load_net().fingerprint,
        "dataset": load_dataset(dataset).info.id,
        "spaces": {k: list(v) for k, v in SPACES.items()},
        "settings": _settings(dataset).document(),
    }


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    """Return, by feature space, the Fréchet distance to the training images of both halves, and their ratio.

    The oracle takes test images in the order of `taking_order`, so its seeds 0.. are the first half.
    """
    where, settings = find_device(device), _settings(dataset)
    oracle = load_prior("oracle", where, dataset)
    drawn, _ = yield from Draw(oracle, load_net(device=where), settings, where).make()
    test = np.asarray(load_dataset(dataset).images("test"))
    other = test[taking_order(len(test))[settings.n : 2 * settings.n]]
    rows = []
    for key, layers in SPACES.items():
        extractor = yield from opening(key, device=where)
        for layer in layers:
            real = yield from _distance(other, dataset, extractor, layer, layers)
            denoised = yield from _distance(drawn, dataset, extractor, layer, layers)
            rows.append(
                {
                    "metric": distance_name(key, layer),
                    "other_half": real,
                    "denoised": denoised,
                    "ratio": denoised / real,
                }
            )
    return {"rows": rows, "n": settings.n, "t_star": T_STAR, "steps": N_STEPS}


def _distance(
    images: Any, dataset: str, extractor: Extractor, layer: str, layers: tuple[str, ...]
) -> Generator[Progress, None, float]:
    real = yield from reference(dataset, extractor, layer)
    # All layers at once: one forward gives them, and the cache gives them back.
    found = (yield from extract(images, extractor, layers))[layer]
    return float(f"{frechet_distance(real=real.features.statistics, fake=found.statistics):.6g}")


HALVES = Study("halves", _inputs, _measure)
