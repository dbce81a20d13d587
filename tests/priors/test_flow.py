"""The flow prior: it goes on bit for bit, its fine half has the data's moments, and training brings the coarse half near."""

from __future__ import annotations

import numpy as np
import torch

from tdot_core.maths.streams import stream
from tdot_core.maths.wiener import to_cosines
from tdot_core.models.fitting import ImageData
from tdot_core.priors.flow import FlowConfig, FlowPrior

SMALL = FlowConfig(side=4, epochs=2, batch=8, width=8, steps=2)


def images(n: int = 32) -> ImageData:
    """Flat images of two brightnesses, with grain."""
    rng = stream(5, "train")
    grey = np.where(np.arange(n) % 2, 60, 190)[:, None, None, None] + rng.normal(0, 8, (n, 32, 32, 3))
    return ImageData(grey.clip(0, 255).astype(np.uint8))


def trained(config: FlowConfig) -> FlowPrior:
    prior = FlowPrior(config)
    for _ in prior.fit(images(), config, torch.Generator().manual_seed(1)):
        pass
    return prior


def test_a_resumed_training_equals_an_uninterrupted_one() -> None:
    whole, saved = FlowPrior(SMALL), None
    for progress in whole.fit(images(), SMALL, torch.Generator().manual_seed(1)):
        if progress.step == 3:
            assert whole.state is not None
            saved = whole.state.tensors()
    resumed = FlowPrior(SMALL)
    for _ in resumed.fit(images(), SMALL, torch.Generator().manual_seed(1), saved):
        pass
    one, two = whole.weights(), resumed.weights()
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)
    assert torch.equal(whole.sample([3], 0), resumed.sample([3], 0))


def test_the_fine_half_has_the_mean_and_variance_of_the_data() -> None:
    prior, x0 = trained(SMALL), images().x0(torch.arange(32))
    real, fake = (to_cosines(x, torch.eye(3)) for x in (x0, prior.sample(range(1500), 0)))
    fine = torch.ones(3, 32, 32, dtype=torch.bool)
    fine[:, :4, :4] = False
    ratio = fake.var(dim=0)[fine] / real.var(dim=0, unbiased=False)[fine]
    assert abs(float(ratio.mean()) - 1) < 0.02 and float(ratio.std()) < 0.06


def test_training_finds_the_two_brightnesses() -> None:
    prior = trained(FlowConfig(side=4, epochs=150, batch=32, width=16, lr=3e-3, steps=8, ema=0.9))
    brightness = prior.sample(range(128), 0).mean(dim=(1, 2, 3))
    low, high = 60 / 127.5 - 1, 190 / 127.5 - 1
    near = torch.minimum((brightness - low).abs(), (brightness - high).abs())
    assert float((near < 0.25).float().mean()) > 0.8
    assert 0.3 < float((brightness > 0).float().mean()) < 0.7


def test_every_call_of_its_network_is_counted() -> None:
    assert (
        FlowPrior(FlowConfig(steps=3)).nfe_prior == 6 and FlowPrior(FlowConfig(steps=3, method="euler")).nfe_prior == 3
    )
