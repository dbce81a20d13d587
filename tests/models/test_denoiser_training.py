"""The denoiser's training: where it begins, what it leaves out, and how it continues."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.wiener import wiener_basis, wiener_eps
from tdot_core.models import denoiser_training, trusted_share
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.denoiser_training import WARM_UP, DenoiserTraining, step_size
from tdot_core.models.fitting import ImageData
from tdot_core.models.held_out import slower_decays, split_held_out
from tdot_core.models.moments import image_moments


@pytest.mark.parametrize("anneal", [False, True])
def test_it_warms_up_to_the_peak(anneal: bool) -> None:
    assert step_size(0, 5000, 1e-3, anneal) == pytest.approx(1e-3 / WARM_UP)
    assert step_size(WARM_UP - 1, 5000, 1e-3, anneal) == pytest.approx(1e-3)
    assert step_size(WARM_UP, 5000, 1e-3, anneal) == pytest.approx(1e-3)


def test_it_stays_at_the_peak_unless_annealed() -> None:
    assert {step_size(step, 5000, 1e-3, False) for step in range(WARM_UP, 5000)} == {1e-3}


def test_annealed_it_falls_all_the_way_through_half_at_half_time() -> None:
    sizes = [step_size(step, 5000, 1e-3, True) for step in range(WARM_UP, 5000)]
    assert sizes == sorted(sizes, reverse=True)
    assert step_size((5000 + WARM_UP) // 2, 5000, 1e-3, True) == pytest.approx(0.5e-3)
    assert 0 < sizes[-1] < 1e-9


@pytest.mark.parametrize("total", [1, WARM_UP, WARM_UP + 1])
def test_a_training_no_longer_than_its_warm_up_has_a_size_at_every_step(total: int) -> None:
    assert all(0 < step_size(step, total, 1e-3, True) <= 1e-3 for step in range(total))


def images(n: int = 96) -> ImageData:
    rng = np.random.default_rng(0)
    smooth = rng.standard_normal((n, 32, 32, 3)).cumsum(1).cumsum(2) * 2 + 128
    return ImageData(np.clip(smooth, 0, 255).astype(np.uint8))


def training(steps: int, **settings: object) -> DenoiserTraining:
    config = DenoiserConfig(**({"width": 32, "batch": 32, "epochs": 4, "components": 8} | settings))  # type: ignore[arg-type]
    made = DenoiserTraining(config)
    for progress in made.fit(images(), config, torch.Generator().manual_seed(3)):
        if progress.step == steps:
            break
    return made


def test_untrained_it_is_the_linear_filter_of_its_data() -> None:
    config = DenoiserConfig(width=32, components=8)
    net = build_denoiser(config)
    moments = image_moments(images())
    net.around.wiener.describe(*moments)  # type: ignore[union-attr, operator]
    t = torch.tensor([1, 10, 200, 700, 1000])
    x = torch.randn(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    ab = torch.from_numpy(NoiseSchedule().alpha_bar.copy())[t]
    expected = wiener_eps(wiener_basis(*moments, (3, 32, 32), 8), x.double(), ab, 1 - ab)
    with torch.no_grad():
        torch.testing.assert_close(net(x, t), expected.float(), rtol=1e-3, atol=1e-3)


def test_the_moments_are_numpys() -> None:
    data = images(50)
    flat = (np.asarray(data.images) / 127.5 - 1).transpose(0, 3, 1, 2).reshape(50, -1)
    mean, covariance = image_moments(data)
    np.testing.assert_allclose(mean, flat.mean(0), atol=1e-6)
    np.testing.assert_allclose(covariance, np.cov(flat.T), atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [{}, {"target": "v"}, {"target": "eps", "levels": "uniform", "optimiser": "adam", "averages": 1, "held_out": 0}],
)
def test_resumed_it_equals_an_uninterrupted_run_bit_for_bit(settings: dict[str, object]) -> None:
    whole, half = training(8, **settings), training(5, **settings)
    assert half.state is not None and whole.state is not None
    resumed = DenoiserTraining(half.config)
    for _ in resumed.fit(images(), half.config, torch.Generator().manual_seed(9), half.state.tensors()):
        if resumed.state is not None and resumed.state.step == 8:
            break
    assert resumed.state is not None
    expected = whole.state.tensors()
    found = resumed.state.tensors()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_at_the_end_its_weights_are_the_best_average_on_what_was_left_out() -> None:
    config = DenoiserConfig(width=32, batch=32, epochs=2, components=8, held_out=16)
    made = DenoiserTraining(config)
    *_, last = made.fit(images(200), config, torch.Generator().manual_seed(3))
    assert last.step == last.total and 0 < last.losses["held_out"] < 10
    assert made.state is not None and set(made.state.ema) == {"net", "net2", "net3"}
    weights = made.weights()
    assert any(all(torch.equal(weights[n], ema.shadow[n]) for n in weights) for ema in made.state.ema.values())


def test_what_is_left_out_is_one_fixed_share_and_never_trained_on() -> None:
    kept, left_out = split_held_out(200, 1000)
    assert len(left_out) == 20 and sorted(torch.cat([kept, left_out]).tolist()) == list(range(200))
    assert torch.equal(split_held_out(200, 1000)[1], left_out)
    assert len(split_held_out(50_000, 1000)[1]) == 1000


def test_slower_averages_remember_longer() -> None:
    assert slower_decays(0.999, 4) == pytest.approx([0.999, 0.9995, 0.9999, 0.99995])


def end(made: DenoiserTraining, epochs: int, resume: dict[str, torch.Tensor] | None = None) -> dict[str, torch.Tensor]:
    """Train to the end and return the checkpoint."""
    config = dataclasses.replace(made.config, epochs=epochs)
    for _ in made.fit(images(200), config, torch.Generator().manual_seed(3), resume):
        pass
    assert made.state is not None
    return made.state.tensors()


@pytest.fixture
def few_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much is trusted is measured at two levels, which takes a tenth of the time."""
    monkeypatch.setattr(trusted_share, "LEVELS", 2)


def a_training() -> DenoiserTraining:
    return DenoiserTraining(DenoiserConfig(width=32, batch=64, epochs=1, components=8, held_out=16))


def test_which_average_is_best_stands_in_the_checkpoint(few_levels: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denoiser_training, "best_average", lambda averages, loss: ("net3", 0.5))
    first, again = a_training(), a_training()
    saved = end(first, 1)
    end(again, 1, saved)
    found, expected = again.weights(), first.weights()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert torch.equal(found["unet.conv_in.weight"], saved["ema/net3/unet.conv_in.weight"])


def test_trained_further_it_forgets_how_much_it_was_trusted(few_levels: None) -> None:
    first, further, whole = a_training(), a_training(), a_training()
    saved = end(first, 1)
    shares = [name for name in saved if name.startswith("ema/") and name.endswith("around.shares")]
    saved |= {name: torch.full_like(tensor, 0.25) for name, tensor in saved.items() if name in shares}
    ended, expected = end(further, 2, saved), end(whole, 2)
    assert all(torch.equal(ended[name], tensor) for name, tensor in expected.items())


def test_a_checkpoint_from_before_there_were_shares_goes_on(few_levels: None) -> None:
    saved = end(a_training(), 1)
    shares = [name for name in saved if name.endswith("around.shares")]
    older = {name: tensor for name, tensor in saved.items() if name not in shares}
    assert len(shares) == 4 and end(a_training(), 2, older).keys() == end(a_training(), 2).keys()
