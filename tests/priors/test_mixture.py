"""The mixture prior: of one cluster it is the Gaussian, of two it finds them."""

from __future__ import annotations

import numpy as np
import torch

from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors.mixture import MixtureConfig, MixturePrior


def smooth(n: int = 80) -> ImageData:
    """Images of 20 factors, so that 24 components hold all of the variance."""
    rng = stream(1, "train")
    x = rng.standard_normal((n, 20)) @ rng.standard_normal((20, 3072)) * 8 + 128
    return ImageData(np.clip(x, 0, 255).astype(np.uint8).reshape(n, 32, 32, 3))


def fit(data: ImageData, **settings: object) -> MixturePrior:
    prior = MixturePrior()
    config = MixtureConfig(**{"dimensions": 16, "rest": 16, "held_out": 0, "iterations": 8, **settings})  # type: ignore[arg-type]
    for _ in prior.fit(data, config, torch.Generator().manual_seed(0)):
        pass
    return prior


def test_one_cluster_has_the_moments_of_the_data() -> None:
    data = smooth()
    prior = fit(data, clusters=1, shrinkage=0.0, flips=False)
    x = data.x0(torch.arange(len(data))).flatten(1).double()
    drawn = prior.sample(range(3000), 0).flatten(1).double()
    error = (drawn.mean(dim=0) - x.mean(dim=0)).norm() / x.std(dim=0).norm()
    assert float(error) < 0.05
    vectors = torch.linalg.eigh(torch.cov(x.T))[1].flip(-1)[:, :20]
    real, fake = (torch.cov((cloud @ vectors).T) for cloud in (x, drawn))
    assert float((real - fake).norm() / real.norm()) < 0.08
    assert abs(float(drawn.var(dim=0).sum() / x.var(dim=0).sum()) - 1) < 0.05


def test_two_kinds_of_images_are_two_clusters() -> None:
    rng = stream(2, "train")
    grey = np.where(np.arange(60) < 20, 40, 210)[:, None, None, None] + rng.normal(0, 6, (60, 32, 32, 3))
    prior = fit(ImageData(grey.clip(0, 255).astype(np.uint8)), clusters=2, dimensions=2, shrinkage=0.1)
    brightness = prior.sample(range(600), 0).mean(dim=(1, 2, 3))
    low, high = 40 / 127.5 - 1, 210 / 127.5 - 1
    near = ((brightness - low).abs() < 0.1) | ((brightness - high).abs() < 0.1)
    assert float(near.float().mean()) > 0.95
    assert abs(float((brightness < 0).float().mean()) - 1 / 3) < 0.08


def test_what_is_left_out_is_measured() -> None:
    prior = MixturePrior()
    config = MixtureConfig(clusters=2, dimensions=4, rest=4, iterations=2, held_out=8)
    steps = list(prior.fit(smooth(), config, torch.Generator().manual_seed(0)))
    assert [step.step for step in steps] == [1, 2, 3] and steps[-1].total == 3
    assert np.isfinite(steps[-1].losses["held_out"]) and np.isfinite(steps[-1].losses["log_likelihood"])


def test_what_lies_beyond_the_components_is_independent_of_them() -> None:
    """White noise is all remainder: 2 modelled components and 2 further ones, and 3,068 more of the same size."""
    rng = np.random.default_rng(4)
    noise = ImageData(np.clip(rng.normal(128, 30, (200, 32, 32, 3)), 0, 255).astype(np.uint8))
    prior = fit(noise, clusters=1, dimensions=2, rest=2, flips=False, shrinkage=0.0)
    x = prior.sample(range(600), 0).flatten(1)
    vectors = prior.weights()["vectors"]
    along = (x - x.mean(0)) @ vectors
    beyond = (x - x.mean(0)) - along @ vectors.T
    correlation = torch.corrcoef(torch.cat([along.T, beyond.T]))[:4, 4:]
    assert float(correlation.abs().max()) < 0.25  # 6 standard errors
