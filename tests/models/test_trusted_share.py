"""How much of a network is kept at each noise level: the least squares factor, and nothing where nothing was learned."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.trusted_share import trusted_shares
from tdot_core.models.weights import load_module
from tests.models.test_denoiser_training import images, training

T, N, D = 100, 400, 64


def shares_of(signal: float, noise: float, seed: int = 0) -> Tensor:
    """Return the shares of an output that is `signal` times its target plus noise of that deviation."""
    generator = torch.Generator().manual_seed(seed)

    def draw(t: int) -> tuple[Tensor, Tensor]:
        target = torch.randn((N, D), generator=generator)
        return signal * target + noise * torch.randn((N, D), generator=generator), target

    return trusted_shares(draw, T)


def test_what_is_exact_is_kept() -> None:
    shares = shares_of(1.0, 0.0)
    assert shares[0] == 1 and shares.shape == (T + 1,)
    assert shares[1:].min() > 0.98 and shares.max() <= 1


@pytest.mark.parametrize(("signal", "noise"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.0)])
def test_the_share_is_the_least_squares_factor(signal: float, noise: float) -> None:
    expected = signal / (signal**2 + noise**2)
    assert shares_of(signal, noise)[1:].mean().item() == pytest.approx(expected, abs=0.03)


def test_noise_is_left_out_nearly_everywhere() -> None:
    assert shares_of(0.0, 1.0).gt(0).float().mean() < 0.2


def test_what_does_harm_is_left_out() -> None:
    assert shares_of(-1.0, 0.5)[T // 20 :].max() == 0


def test_a_finished_training_has_shares_and_an_unfinished_one_has_ones() -> None:
    assert training(1).weights()["around.shares"].eq(1).all()
    finished = training(1000).weights()["around.shares"]
    assert finished.min() >= 0 and finished.max() <= 1 and finished.ne(1).any()


def test_the_network_is_scaled_by_its_share_and_the_filter_is_not() -> None:
    weights = training(2).weights()
    last = torch.randn(weights["unet.conv_out.weight"].shape, generator=torch.Generator().manual_seed(2))
    weights["unet.conv_out.weight"] = last / 10
    config = DenoiserConfig(width=32, components=8)
    x, t = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(1)), torch.tensor([10, 500, 1000])
    found = {
        share: load_module(lambda: build_denoiser(config), weights | {"around.shares": torch.full((1001,), share)})(
            x, t
        )
        for share in (0.0, 0.5, 1.0)
    }
    torch.testing.assert_close(found[0.5], (found[0.0] + found[1.0]) / 2, rtol=1e-4, atol=1e-4)
    assert (found[1.0] - found[0.0]).abs().max() > 0.01


def test_weights_without_shares_are_taken_whole() -> None:
    made = training(2)
    weights = made.weights()
    older = {name: tensor for name, tensor in weights.items() if name != "around.shares"}
    config = DenoiserConfig(width=32, components=8)
    first, second = (load_module(lambda: build_denoiser(config), w) for w in (weights, older))
    x, t = images().x0(torch.arange(4)), torch.tensor([1, 100, 700, 1000])
    assert torch.equal(first(x, t), second(x, t))
