"""Two networks that share the noise levels between them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.denoiser_training import DenoiserTraining
from tdot_core.models.experts import experts_of
from tdot_core.models.fitting import ImageData
from tdot_core.models.nfe import count_nfe
from tdot_core.models.warm_start import begin_with

ONE = DenoiserConfig(width=32, target="eps")
TWO = DenoiserConfig(width=32, target="eps", experts=200)


def noisy(*ts: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(len(ts), 3, 32, 32, generator=torch.Generator().manual_seed(0)), torch.tensor(ts)


def test_each_level_is_answered_by_its_own_network_whatever_stands_beside_it() -> None:
    single, net = build_denoiser(ONE).eval(), build_denoiser(TWO).eval()
    x, t = noisy(700, 200, 1, 201)
    low, high = experts_of(net.unet)
    with torch.no_grad():
        together = net(x, t)
        for k, expert in enumerate((high, low, low, high)):
            single.unet = expert
            torch.testing.assert_close(together[k : k + 1], single(x[k : k + 1], t[k : k + 1]))
            torch.testing.assert_close(together[k : k + 1], net(x[k : k + 1], t[k : k + 1]))


def test_branched_off_one_network_both_begin_as_it() -> None:
    one, two = build_denoiser(ONE).eval(), build_denoiser(TWO).eval()
    begin_with(two, one.state_dict(), same_target=True)
    with torch.no_grad():
        torch.testing.assert_close(two(*noisy(3, 900)), one(*noisy(3, 900)))
    third = build_denoiser(TWO).eval()
    begin_with(third, two.state_dict(), same_target=True)
    with torch.no_grad():
        torch.testing.assert_close(third(*noisy(3, 900)), two(*noisy(3, 900)))


def test_a_call_counts_once_per_image() -> None:
    net = build_denoiser(TWO).eval()
    with torch.no_grad(), count_nfe() as calls:
        net(*noisy(3, 900))
    assert calls.images == 2


@pytest.mark.parametrize("experts", [1, 999])
def test_training_goes_on_when_a_batch_meets_one_of_them_only(experts: int) -> None:
    config = DenoiserConfig(width=32, components=4, batch=16, epochs=1, held_out=0, experts=experts)
    images = np.random.default_rng(0).integers(0, 256, (32, 32, 32, 3), dtype=np.uint8)
    training = DenoiserTraining(config)
    steps = list(training.fit(ImageData(images), config, torch.Generator().manual_seed(0)))
    assert [step.step for step in steps] == [1, 2] and all(np.isfinite(step.losses["loss"]) for step in steps)


def test_both_learn() -> None:
    config = DenoiserConfig(width=32, components=4, batch=32, epochs=2, held_out=0, experts=200, averages=1, ema=0.0)
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), dtype=np.uint8)
    training = DenoiserTraining(config)
    weights = []
    for _ in training.fit(ImageData(images), config, torch.Generator().manual_seed(0)):
        weights.append({name: tensor.clone() for name, tensor in training.weights().items()})
    moved = {name.split(".")[1] for name in weights[0] if not torch.equal(weights[0][name], weights[-1][name])}
    assert moved == {"low", "high"}
