"""One quick number for each shipped model and reference, computed by running it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.maths.forward import add_noise
from tdot_core.maths.quantise import from_uint8, to_uint8
from tdot_core.maths.streams import normal
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import from_features
from tdot_core.priors import priors
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.reference_files import read_reference_file
from tdot_core.services.features.references import shipped_references
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.sampling.loading import NETS, load_net, load_prior

DRAWN, ANY_T = 256, 10
LEVELS = (10, 50, 100, 200, 400, 800)


def sanity_numbers() -> Iterator[tuple[str, float]]:
    """Yield (name, number) for every shipped model and reference.

    Denoiser: mean eps-loss over six noise levels of natural patches; cifar-cnn: mean of its features of them; a prior:
    Fréchet distance, in cifar-cnn features, of what it hands to the chain from the real training set; a reference: total
    variance of its sample over that of its statistics.
    """
    for run in list_runs():
        if run.shipped:
            number = _number(run)
            if number is not None:
                yield f"models/{run.id}", number
    for info in shipped_references():
        file = read_reference_file(info.path)
        sample = from_features(file.features.array)
        yield (
            f"references/{info.dataset}/{info.extractor}-{info.layer}",
            float(np.trace(sample.cov_f) / np.trace(file.features.statistics.cov_f)),
        )


def _number(run: Run) -> float | None:
    if run.kind in NETS:
        return _eps_loss(run)
    if run.kind == "cifar-cnn":
        extractor = open_extractor("cifar-cnn")
        return float(extractor(natural_patches(), list(extractor.layers))[extractor.layers[-1]].mean())
    return _prior_distance(run) if run.kind in priors.all() else None


@torch.inference_mode()
def _eps_loss(run: Run) -> float:
    loaded = load_net(run.id)
    x0 = from_uint8(torch.from_numpy(natural_patches()))
    losses = []
    for t in LEVELS:
        eps = normal(range(len(x0)), "train", (3, 32, 32))
        x_t = add_noise(x0, eps, t, loaded.schedule)
        losses.append(float((loaded.net(x_t, torch.full((len(x0),), t)) - eps).square().mean()))
    return sum(losses) / len(losses)


def _prior_distance(run: Run) -> float | None:
    found = [info for info in shipped_references() if info.extractor == "cifar-cnn"]
    if not found:
        return None
    prior = load_prior(run.id)
    x = prior.prior.sample(range(DRAWN), ANY_T if prior.t_train is None else prior.t_train)
    extractor = open_extractor("cifar-cnn")
    fake = extractor(to_uint8(x.clamp(-1, 1)).numpy(), [found[0].layer])[found[0].layer]
    return frechet_distance(real=read_reference_file(found[0].path).features.statistics, fake=from_features(fake))


@cache
def natural_patches() -> npt.NDArray[np.uint8]:
    """Return 30 patches (30, 32, 32, 3) of the two photographs that scikit-learn brings, so that no data set is needed."""
    from sklearn.datasets import load_sample_image

    patches = []
    for name in ("china.jpg", "flower.jpg"):
        image = load_sample_image(name)[::4, ::4]
        rows, columns = image.shape[0] // 32, image.shape[1] // 32
        patches += [image[32 * r : 32 * r + 32, 32 * c : 32 * c + 32] for r in range(rows) for c in range(columns)]
    return np.stack(patches)
