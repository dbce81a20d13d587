"""Fair rivals: spectral norms against numpy, hinge by hand, critics and decoders that look through frozen features, ex-post codes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tdot_core.config import identity
from tdot_core.maths.adversarial import critic_loss, generator_loss
from tdot_core.maths.gaussian_mixture import Mixture
from tdot_core.maths.streams import normal, stream
from tdot_core.models.dcgan import DeepCritic
from tdot_core.models.feature_critic import FeatureCritic
from tdot_core.models.fitting import ImageData
from tdot_core.models.latent_mixture import LatentMixture
from tdot_core.models.seeded import seeded_init
from tdot_core.priors import priors
from tdot_core.priors.gan import GanPrior
from tdot_core.priors.learned import LearnedPrior
from tdot_core.priors.vae import VaePrior

SMALL = {"epochs": 2, "batch": 8, "latent": 4, "width": 8}
FEATURES = {"features": "random-conv"}
CASES = {
    "gan": {**SMALL, **FEATURES, "loss": "hinge", "lr": 1e-4, "critic_lr": 4e-4, "noise": "fresh"},
    "vae": {**SMALL, **FEATURES, "codes": "mixture", "clusters": 2, "decoder": "textured"},
}


def images(n: int = 16) -> ImageData:
    return ImageData(stream(7, "train").integers(0, 256, (n, 32, 32, 3), dtype=np.uint8))


def train(
    key: str, resume: dict[str, torch.Tensor] | None = None, stop: int | None = None, **more: object
) -> LearnedPrior:
    cls = priors.get(key)
    config = cls.Config(**{**CASES[key], **more})
    prior = cls(config)
    for progress in prior.fit(images(), config, torch.Generator().manual_seed(3), resume):
        if progress.step == stop:
            break
    assert isinstance(prior, LearnedPrior)
    return prior


def test_every_layer_of_the_deep_critic_is_divided_by_its_largest_singular_value() -> None:
    critic = seeded_init(lambda: DeepCritic(8), torch.Generator().manual_seed(0)).train()
    x = normal(range(2), "z", (3, 32, 32))
    for _ in range(60):  # each forward is one step of the power iteration
        critic(x)
    layers = [m for m in critic.modules() if isinstance(m, nn.Conv2d)]
    assert len(layers) == 8
    for layer in layers:
        raw = layer.parametrizations.weight.original.detach().flatten(1).numpy()
        largest = np.linalg.svd(raw, compute_uv=False)[0]
        assert np.allclose(layer.weight.detach().flatten(1).numpy(), raw / largest, rtol=0.02, atol=1e-6)


def test_the_hinge_by_hand() -> None:
    real, fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.0, 1.5])
    assert float(critic_loss("hinge", real, fake)) == pytest.approx((0 + 0.5 + 2) / 3 + (0 + 1 + 2.5) / 3)
    assert float(generator_loss("hinge", real, fake)) == pytest.approx(0.5)


@pytest.mark.parametrize("key", list(CASES))
def test_a_resumed_training_equals_an_uninterrupted_one(key: str) -> None:
    whole, first = train(key), train(key, stop=3)
    assert first.state is not None
    second = train(key, resume=first.state.tensors())
    assert all(torch.equal(a, second.weights()[name]) for name, a in whole.weights().items())


@pytest.mark.parametrize("key", list(CASES))
def test_features_move_the_generator_and_do_not_themselves_move(key: str) -> None:
    with_them, without = train(key), train(key, features="none")
    assert not torch.equal(with_them.weights()["layers.0.weight"], without.weights()["layers.0.weight"])
    assert not any("network" in name for name in with_them.weights())


def test_the_head_of_every_layer_has_a_say_and_both_critics_learn() -> None:
    prior = train("gan")
    assert prior.state is not None and set(prior.state.optimisers) == {"generator", "critic", "feature_critic"}
    rates = {name: optimiser.param_groups[0]["lr"] for name, optimiser in prior.state.optimisers.items()}
    assert rates == {"generator": 1e-4, "critic": 4e-4, "feature_critic": 4e-4}
    heads = FeatureCritic([(2, 16, 16), (3, 4, 4), (5, 2, 2)])
    maps = [
        torch.randn((6, *shape), generator=torch.Generator().manual_seed(1)) * 7
        for shape in ((2, 16, 16), (3, 4, 4), (5, 2, 2))
    ]
    heads.calibrate(maps)
    assert torch.allclose(heads.deviation, torch.stack([m.std(unbiased=False) for m in maps]))
    each = [head(one / one.std(unbiased=False)).flatten() for head, one in zip(heads.heads, maps, strict=True)]
    assert torch.allclose(heads(maps), sum(each) / 3, atol=1e-2)  # type: ignore[arg-type]


def test_codes_have_the_moments_of_their_mixture() -> None:
    weights = torch.tensor([0.25, 0.75], dtype=torch.float64)
    means = torch.tensor([[0.0, 3.0], [1.0, -1.0]], dtype=torch.float64)
    factors = torch.tensor([[[1.0, 0.0], [0.5, 0.2]], [[2.0, 0.0], [-1.0, 0.5]]], dtype=torch.float64)
    codes, generator = LatentMixture(4, 2), torch.Generator().manual_seed(0)
    z, u = torch.randn((60_000, 2), generator=generator), torch.rand(60_000, generator=generator)
    assert torch.equal(codes(z, u), z)  # N(0, I) until something is taken
    codes.take(Mixture(weights.log(), means, factors))
    drawn = codes(z, u).double()
    mean = weights @ means
    second = sum(w * (f @ f.T + torch.outer(m, m)) for w, f, m in zip(weights, factors, means, strict=True))
    assert torch.allclose(drawn.mean(dim=0), mean, atol=0.03)
    assert torch.allclose(torch.cov(drawn.T), second - torch.outer(mean, mean), atol=0.08)


def test_the_codes_are_fitted_at_the_end_and_an_image_depends_on_its_seed_alone() -> None:
    prior = train("vae")
    weights = prior.weights()
    assert float(weights["codes/log_weights"].exp().sum()) == pytest.approx(1, abs=1e-5)
    assert not torch.equal(weights["codes/factors"][0], torch.eye(4))
    together = prior.sample(range(20), 10)
    assert torch.equal(together[17], prior.sample([17], 10)[0])
    fresh = VaePrior(prior.config)
    fresh.load_weights({name: tensor.clone() for name, tensor in weights.items()})
    assert torch.equal(fresh.sample([17], 10)[0], together[17])


def test_settings_that_were_added_change_no_earlier_hash() -> None:
    for cls in (GanPrior, VaePrior):
        text = identity(cls.Config())
        assert "features" not in text and "codes" not in text and "clusters" not in text
    assert identity(GanPrior.Config()) == (
        "LearnedConfig(t_train=10, epochs=32, batch=128, latent=1024, width=32, lr=0.0002, noise='fixed', inject_noise=False, "
        "schedule='linear', ema=0.999, precision='auto')"
    )
