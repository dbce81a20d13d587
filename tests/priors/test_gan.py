"""The GAN's options: each trains, the published one is the default, and step sizes can differ."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.maths.adversarial import LOSSES
from tdot_core.maths.streams import stream
from tdot_core.models.dcgan import DeepCritic
from tdot_core.models.fitting import ImageData
from tdot_core.models.seeded import seeded_init
from tdot_core.priors.gan import CRITICS, GanPrior

SMALL = {"epochs": 2, "batch": 8, "latent": 8, "width": 8}


def images(n: int = 16) -> ImageData:
    return ImageData(stream(7, "train").integers(0, 256, (n, 32, 32, 3), dtype=np.uint8))


def trained(**settings: object) -> tuple[GanPrior, list[dict[str, float]]]:
    prior, config = GanPrior(), GanPrior.Config(**{**SMALL, **settings})
    return prior, [step.losses for step in prior.fit(images(), config, torch.Generator().manual_seed(3))]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("critic", list(CRITICS))
def test_every_choice_trains(loss: str, critic: str) -> None:
    prior, losses = trained(loss=loss, critic=critic)
    assert len(losses) == 4 and all(np.isfinite(list(step.values())).all() for step in losses)
    assert prior.state is not None
    assert isinstance(prior.state.modules["critic"], CRITICS[critic])


def test_the_critic_may_step_faster_than_the_generator() -> None:
    prior, _ = trained(lr=1e-4, critic_lr=4e-4)
    assert prior.state is not None
    rates = {name: optimiser.param_groups[0]["lr"] for name, optimiser in prior.state.optimisers.items()}
    assert rates == {"generator": 1e-4, "critic": 4e-4}
    both, _ = trained()
    assert both.state is not None
    assert {o.param_groups[0]["lr"] for o in both.state.optimisers.values()} == {2e-4}


def test_the_deep_critic_has_sngans_layers() -> None:
    critic = seeded_init(lambda: DeepCritic(32), torch.Generator().manual_seed(0))
    channels = [m.out_channels for m in critic.layers if isinstance(m, torch.nn.Conv2d)]
    assert channels == [64, 64, 128, 128, 256, 256, 512, 1]
    assert critic(torch.zeros(2, 3, 32, 32)).shape == (2,)
    for layer in critic.layers:
        if isinstance(layer, torch.nn.Conv2d):
            norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
            assert float(norm) < 1.6
