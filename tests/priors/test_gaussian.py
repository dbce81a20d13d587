"""The Gaussian prior against numpy's covariance and the closed form of optimal transport."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors.gaussian import GaussianConfig, GaussianPrior


@pytest.fixture(scope="module")
def data() -> ImageData:
    """Images whose 40 factors give a low-rank covariance."""
    rng = stream(1, "train")
    x = rng.standard_normal((60, 40)) @ rng.standard_normal((40, 3072)) * 8 + 128
    return ImageData(np.clip(x, 0, 255).astype(np.uint8).reshape(60, 32, 32, 3))


def fit(data: ImageData, components: int) -> GaussianPrior:
    prior = GaussianPrior()
    for _ in prior.fit(data, GaussianConfig(components), torch.Generator()):
        pass
    return prior


@pytest.fixture(scope="module")
def full(data: ImageData) -> GaussianPrior:
    return fit(data, 3072)


def test_moments_equal_numpy(data: ImageData, full: GaussianPrior) -> None:
    x = data.x0(torch.arange(len(data))).flatten(1).double().numpy()
    w = full.weights()
    covariance = (w["eigenvectors"].double() * w["eigenvalues"].double()) @ w["eigenvectors"].double().T
    assert np.allclose(w["mean"].numpy(), x.mean(0), atol=1e-6)
    assert np.allclose(covariance.numpy(), np.cov(x.T), atol=1e-5)


@pytest.mark.parametrize("t", [0, 10, 500, 1000])
def test_the_map_is_the_symmetric_square_root(full: GaussianPrior, t: int) -> None:
    """x - mu_t = Sigma_t^(1/2) z: a linear map whose square is ab Sigma_0 + (1 - ab) I (peyre2019, Remark 2.31)."""
    ab = NoiseSchedule().alpha_bar[t]
    w = {k: v.double() for k, v in full.weights().items()}
    z = torch.from_numpy(stream(4, "z").standard_normal(3072, dtype=np.float32)).double()
    scale = (ab * w["eigenvalues"] + 1 - ab).sqrt()
    expected = ab**0.5 * w["mean"] + w["eigenvectors"] @ (scale * (w["eigenvectors"].T @ z))
    assert torch.allclose(full.sample([4], t).flatten().double(), expected, atol=2e-4)


def test_leading_components_keep_the_total_variance(data: ImageData, full: GaussianPrior) -> None:
    few = fit(data, 10).weights()
    total = few["eigenvalues"].sum() + few["remainder"] * (3072 - 10)
    assert torch.allclose(total, full.weights()["eigenvalues"].sum()[None], rtol=1e-5)
    assert torch.allclose(few["eigenvalues"], full.weights()["eigenvalues"][:10], rtol=1e-5)
