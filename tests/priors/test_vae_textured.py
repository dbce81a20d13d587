"""The VAE whose decoder draws its noise: trains, comes back from its weights, and matches second moments it could not reach."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.fitting import ImageData
from tdot_core.priors.vae import VaeConfig, VaePrior

SETTINGS = {"epochs": 30, "batch": 32, "latent": 8, "width": 8, "lr": 2e-3, "ema": 0.9}


def stripes(n: int = 128) -> ImageData:
    """Grey images under vertical stripes of random strength: one factor, and noise along columns around it."""
    rng = np.random.default_rng(5)
    grey = rng.uniform(90, 160, (n, 1, 1, 1))
    columns = rng.standard_normal((n, 1, 32, 1)) * 25
    return ImageData(np.clip(grey + columns + np.zeros((n, 32, 32, 3)), 0, 255).astype(np.uint8))


def fitted(decoder: str) -> VaePrior:
    config = VaeConfig(decoder=decoder, **SETTINGS)  # type: ignore[arg-type]
    prior = VaePrior(config)
    for _ in prior.fit(stripes(), config, torch.Generator().manual_seed(3)):
        pass
    return prior


@pytest.fixture(scope="module")
def textured() -> VaePrior:
    return fitted("textured")


def roughness(x: torch.Tensor) -> float:
    return float((x[..., 1:] - x[..., :-1]).square().mean())


def test_draws_are_as_rough_as_the_data_where_the_mean_alone_is_smooth(textured: VaePrior) -> None:
    real = roughness(stripes().x0(torch.arange(128)))
    assert roughness(textured.sample(range(64), 10)) == pytest.approx(real, rel=0.35)
    assert roughness(fitted("fixed").sample(range(64), 10)) < 0.5 * real


def test_an_image_depends_on_its_seed_alone(textured: VaePrior) -> None:
    together = textured.sample(range(20), 10)
    assert torch.equal(together[17], textured.sample([17], 10)[0])
    assert len(torch.unique(together.flatten(1), dim=0)) == 20


def test_weights_hold_both_networks_and_come_back(textured: VaePrior) -> None:
    weights = textured.weights()
    assert {"texture/spectrum_real", "layers.0.weight", "texture/scale.layers.0.weight"} <= weights.keys()
    fresh = VaePrior(textured.config)
    fresh.load_weights({name: tensor.clone() for name, tensor in weights.items()})
    assert torch.equal(fresh.sample([3, 4], 10), textured.sample([3, 4], 10))


def test_a_resumed_training_equals_an_uninterrupted_one() -> None:
    config = VaeConfig(decoder="textured", **{**SETTINGS, "epochs": 2})  # type: ignore[arg-type]

    def train(prior: VaePrior, stop: int | None = None, resume: dict[str, torch.Tensor] | None = None) -> None:
        for progress in prior.fit(stripes(), config, torch.Generator().manual_seed(3), resume):
            if progress.step == stop:
                return

    whole, first, second = VaePrior(config), VaePrior(config), VaePrior(config)
    train(whole)
    train(first, stop=3)
    assert first.state is not None
    train(second, resume=first.state.tensors())
    assert all(torch.equal(a, second.weights()[name]) for name, a in whole.weights().items())


def test_a_textured_decoder_has_learned_the_known_noise_and_gets_none_on_top() -> None:
    """Of a grey image x_t = sqrt(1 - ab) eps, and so its variance 1 - ab, is all there is to draw."""
    grey = ImageData(np.full((64, 32, 32, 3), 128, np.uint8))
    settings = {**SETTINGS, "lr": 1e-2, "epochs": 60, "t_train": 200, "inject_noise": True}
    config = VaeConfig(decoder="textured", **settings)  # type: ignore[arg-type]
    prior = VaePrior(config)
    for _ in prior.fit(grey, config, torch.Generator().manual_seed(3)):
        pass
    expected = 1 - float(NoiseSchedule().alpha_bar[200])
    assert float(prior.sample(range(64), 200).var()) == pytest.approx(expected, rel=0.25)
