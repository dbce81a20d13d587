"""The Wiener filter as a network: what it gives, in which arithmetic, and how it is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.fitting import ImageData
from tdot_core.models.moments import image_moments
from tdot_core.models.nfe import count_nfe
from tdot_core.models.wiener_training import WienerConfig, WienerTraining


@pytest.fixture(scope="module")
def data() -> ImageData:
    rng = np.random.default_rng(0)
    smooth = rng.standard_normal((300, 32, 32, 3)).cumsum(1).cumsum(2) * 2 + 128
    return ImageData(np.clip(smooth, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def fitted(data: ImageData) -> WienerTraining:
    training = WienerTraining(WienerConfig(components=40))
    assert [p.step for p in training.fit(data, training.config, torch.Generator())] == [1]
    return training


@pytest.mark.parametrize("t", [200, 600, 1000])
def test_it_removes_as_much_noise_as_the_exact_filter_nearly(data: ImageData, fitted: WienerTraining, t: int) -> None:
    net, ab = fitted.net, float(NoiseSchedule().alpha_bar[t])
    assert net is not None
    x0 = data.x0(torch.arange(300))
    eps = torch.randn(x0.shape, generator=torch.Generator().manual_seed(t))
    x_t, times = ab**0.5 * x0 + (1 - ab) ** 0.5 * eps, torch.full((300,), t)
    loss = float((net(x_t, times) - eps).square().mean())
    mean, covariance = image_moments(data)
    flat = x_t.flatten(1).double().numpy() - np.sqrt(ab) * mean
    exact = np.sqrt(1 - ab) * np.linalg.solve(ab * covariance + (1 - ab) * np.eye(3072), flat.T).T
    best = float(np.mean((exact - eps.flatten(1).numpy()) ** 2))
    assert best * 0.99 <= loss <= best * 1.3
    assert float(net.wiener.loss(times)[0]) == pytest.approx(best, rel=0.05)


def test_every_forward_is_counted_and_float32_inside_low_precision(fitted: WienerTraining) -> None:
    net, x, t = fitted.net, torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)), torch.tensor([5, 50])
    assert net is not None
    with count_nfe() as nfe, torch.autocast("cpu", torch.bfloat16):
        low = net(x, t)
    assert nfe.images == 2 and low.dtype == torch.float32
    torch.testing.assert_close(low, net(x, t))


def test_kept_in_half_precision_it_hardly_moves(data: ImageData, fitted: WienerTraining) -> None:
    halves = {name: tensor.half() for name, tensor in fitted.weights().items()}
    again = WienerTraining(fitted.config)
    again.load_weights(halves)
    t = torch.tensor([5, 20, 300, 1000])
    ab = torch.from_numpy(NoiseSchedule().alpha_bar.copy()).float()[t][:, None, None, None]
    x0 = data.x0(torch.arange(4))
    x = ab.sqrt() * x0 + (1 - ab).sqrt() * torch.randn(x0.shape, generator=torch.Generator().manual_seed(0))
    assert fitted.net is not None and again.net is not None
    difference = (fitted.net(x, t) - again.net(x, t)).square().mean().sqrt()
    assert float(difference) < 5e-3


def test_kept_in_half_precision_it_loses_nothing_where_all_but_noise_is_gone(
    data: ImageData, fitted: WienerTraining
) -> None:
    again = WienerTraining(fitted.config)
    again.load_weights({name: tensor.half() for name, tensor in fitted.weights().items()})
    assert fitted.net is not None and again.net is not None
    gram = again.net.wiener.vectors @ again.net.wiener.vectors.T
    torch.testing.assert_close(gram, torch.eye(40), atol=1e-5, rtol=0)
    x0, t = data.x0(torch.arange(300)), torch.full((300,), 1000)
    eps, ab = torch.randn(x0.shape, generator=torch.Generator().manual_seed(0)), float(NoiseSchedule().alpha_bar[1000])
    x_t = ab**0.5 * x0 + (1 - ab) ** 0.5 * eps
    exact, rounded = (float((net(x_t, t) - eps).square().mean()) for net in (fitted.net, again.net))
    assert rounded == pytest.approx(exact, rel=1e-3)


def test_what_was_kept_in_float32_comes_back_to_the_bit(fitted: WienerTraining) -> None:
    again = WienerTraining(fitted.config)
    again.load_weights(fitted.weights())
    assert again.net is not None and torch.equal(again.net.wiener.vectors, fitted.weights()["wiener.vectors"])
