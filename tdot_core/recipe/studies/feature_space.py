"""Whether cifar-cnn's features make a distance: of a classifier that is right, small between real sets, growing with damage, ranking as FID-768 does."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import numpy.typing as npt

from tdot_core.maths.quantise import to_uint8
from tdot_core.maths.streams import normal
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.models.extractor import PROBABILITIES, Extractor
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.progress import Progress
from tdot_core.recipe.studies.degradations import degradations
from tdot_core.recipe.study import Study
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.names import DIGITS
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import opening
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.features.references import Reference, reference
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.runs.checkpoints import sha256
from tdot_core.services.runs.store import best_run

KEY, LAYER = "cifar-cnn", "penultimate"
DEEP = ("inception", "768")
SPOILT = 5000
FEWEST_RANKED = 6

Images = npt.NDArray[np.uint8]


def ranked_pairs() -> list[dict[str, Any]]:
    """Return FD-cnn and FID-768 of every generator (prior and setting) whose shipped rows have both."""
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    for item in shipped_rows():
        row, value = item.row, item.row.metrics.get("fd")
        space = {(KEY, LAYER): "fd_cnn", DEEP: "fid_768"}.get((row.extractor, row.layer))
        if space is not None and row.t_star is not None and value is not None and value.value is not None:
            found.setdefault((row.prior, row.t_star, row.sampler, row.n_steps), {})[space] = value.value
    names = ("prior", "t_star", "sampler", "n_steps")
    return [{**dict(zip(names, key, strict=True)), **both} for key, both in found.items() if len(both) == 2]


def rank_correlation(pairs: list[dict[str, Any]]) -> float | None:
    """Return Spearman's rank correlation of FD-cnn and FID-768, or None with fewer than six generators."""
    if len(pairs) < FEWEST_RANKED:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr([p["fd_cnn"] for p in pairs], [p["fid_768"] for p in pairs]).statistic)


def _inputs(dataset: str) -> dict[str, Any]:
    run = best_run(KEY)
    weights = "" if run is None else sha256(run.weights_path)
    return {"extractor": weights, "dataset": load_dataset(dataset).info.id, "n": SPOILT, "generators": ranked_pairs()}


def _measure(dataset: str, device: str) -> Generator[Progress, None, dict[str, Any]]:
    extractor = yield from opening(KEY, device=find_device(device))
    real = yield from reference(dataset, extractor, LAYER)
    images = load_dataset(dataset)
    test, labels = np.asarray(images.images("test")), images.labels("test")
    accuracy = None if labels is None else (yield from _accuracy(test, labels, extractor))
    # A data set may be in the order of its classes, which its first part then lacks.
    test = test[taking_order(len(test))]
    to_test = yield from _distance(test, real, extractor)
    to_noise = yield from _distance(noise_images(len(test)), real, extractor)
    curves = []
    for kind in degradations(np.asarray(load_dataset(DIGITS).images("train"))):
        fds = []
        for level in kind.levels:
            fds.append((yield from _distance(kind.apply(test[:SPOILT], level), real, extractor)))
        curves.append(
            {"name": kind.name, "levels": list(kind.levels), "fd_cnn": fds, "grows": bool((np.diff(fds) > 0).all())}
        )
    unspoilt = yield from _distance(test[:SPOILT], real, extractor)
    pairs = ranked_pairs()
    return {
        "accuracy": accuracy,
        "fd_test": to_test,
        "fd_noise": to_noise,
        "ratio": to_test / to_noise,
        "n_test": len(test),
        "fd_unspoilt": unspoilt,
        "degradations": curves,
        "rank_correlation": rank_correlation(pairs),
        "generators": len(pairs),
    }


def _accuracy(images: Images, labels: npt.NDArray[np.int64], extractor: Extractor) -> Generator[Progress, None, float]:
    """Return the share of images, in [0, 1], whose likeliest class is their label."""
    found = (yield from extract(images, extractor, [PROBABILITIES]))[PROBABILITIES]
    return float((np.asarray(found.array).argmax(axis=1) == labels).mean())


def noise_images(n: int) -> Images:
    """Return n images of standard normal noise in [-1, 1] units, clipped as any image is; seeds 0..n-1."""
    return np.concatenate(
        [to_uint8(normal(range(k, min(k + 1000, n)), "train", IMAGE_SHAPE)).numpy() for k in range(0, n, 1000)]
    )


def _distance(images: Images, real: Reference, extractor: Extractor) -> Generator[Progress, None, float]:
    found = (yield from extract(images, extractor, [LAYER]))[LAYER]
    return float(f"{frechet_distance(real=real.features.statistics, fake=found.statistics):.6g}")


FEATURE_SPACE = Study("feature-space", _inputs, _measure)
