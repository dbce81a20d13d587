"""The whole sampler against the values of the design's section 3, worked out there independently of this code."""

from __future__ import annotations

import math

import pytest
import torch

from gaussian_toy import MEAN, VARIANCE, exact_net, moments
from tdot_core.maths.chain import walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal, step_noise

STEPS = (10, 20, 50, 100)
GOLDEN = {
    ("ddim", 0.0, 100): (-0.00898, -0.00457, -0.00187, -0.00095),
    ("ddim", 0.0, 200): (-0.02388, -0.01229, -0.00504, -0.00255),
    ("ddim", 0.0, 500): (-0.06334, -0.03388, -0.01420, -0.00724),
    ("ddim", 1.0, 200): (-0.04997, -0.02935, -0.01342, -0.00715),
    ("dpmpp-2m", None, 100): (+0.00013, +0.00006, -0.00005, -0.00004),
    ("dpmpp-2m", None, 200): (-0.00005, +0.00065, +0.00009, -0.00003),
    ("dpmpp-2m", None, 500): (-0.02146, -0.00092, +0.00078, +0.00021),
}
CASES = [(*key, n, error) for key, errors in GOLDEN.items() for n, error in zip(STEPS, errors, strict=True)]
HALF_A_DIGIT = 0.5e-5 + 1e-9


@pytest.mark.parametrize(("sampler", "eta", "t_star", "n_steps", "error"), CASES)
def test_variance_error(sampler: str, eta: float | None, t_star: int, n_steps: int, error: float) -> None:
    mean, variance = moments(t_star, n_steps, sampler, eta)
    assert abs(variance - VARIANCE - error) <= HALF_A_DIGIT
    assert abs(mean - MEAN) < 1e-9


GRIDS = {
    ("ddim", "logsnr", 200): (-0.03716, -0.01838, -0.00723, -0.00329),
    ("ddim", "karras", 200): (-0.03182, -0.01566, -0.00622, -0.00292),
    ("dpmpp-2m", "logsnr", 500): (+0.00910, +0.00240, +0.00030, -0.00001),
    ("dpmpp-2m", "karras", 100): (-0.00004, -0.00017, -0.00007, -0.00004),
    ("unipc", "uniform", 200): (-0.00118, -0.00040, -0.00026, -0.00015),
    ("unipc", "logsnr", 500): (+0.00854, +0.00101, -0.00002, -0.00008),
    ("unipc-3", "logsnr", 200): (-0.00495, -0.00052, -0.00011, -0.00009),
    ("heun", "logsnr", 200): (+0.00650, +0.00136, +0.00012, -0.00005),
    ("heun", "karras", 500): (+0.02046, +0.00421, +0.00053, +0.00005),
}
"""Of the samplers and grids that came later: as measured when their chains were first equal to diffusers' or to `scalar_heun`."""


@pytest.mark.parametrize(
    ("sampler", "grid", "t_star", "n_steps", "error"),
    [(*key, n, error) for key, errors in GRIDS.items() for n, error in zip(STEPS, errors, strict=True)],
)
def test_variance_error_on_every_grid(sampler: str, grid: str, t_star: int, n_steps: int, error: float) -> None:
    mean, variance = moments(t_star, n_steps, sampler, None, grid)
    assert abs(variance - VARIANCE - error) <= HALF_A_DIGIT
    assert abs(mean - MEAN) < 1e-9


def scalar_heun(t_star: int, times: list[int]) -> float:
    """Return the variance that Heun's method in sigma gives the toy: d y / d sigma = sigma (y - mean) / (variance + sigma^2)."""
    ab = NoiseSchedule().alpha_bar

    def slope(y: float, sigma: float) -> float:
        return sigma * y / (VARIANCE + sigma**2)

    y, sigmas = 1.0, [math.sqrt((1 - ab[t]) / ab[t]) for t in times]
    for a, b in zip(sigmas[:-1], sigmas[1:], strict=True):
        first = slope(y, a)
        second = slope(y + (b - a) * first, b) if b else first
        y += (b - a) * (first + second) / 2
    return y**2 * (VARIANCE + sigmas[0] ** 2)


@pytest.mark.parametrize("grid", ["uniform", "logsnr", "karras"])
@pytest.mark.parametrize(("t_star", "n_steps"), [(100, 10), (500, 7), (1000, 20), (10, 1)])
def test_heun_is_heuns_method_in_sigma(t_star: int, n_steps: int, grid: str) -> None:
    expected = scalar_heun(t_star, time_grid(t_star, n_steps, grid))
    assert moments(t_star, n_steps, "heun", None, grid)[1] == pytest.approx(expected, rel=1e-9)


def test_the_published_chain_of_ten_steps() -> None:
    mean, variance = moments(10, 10, "ddpm", None)
    assert abs(variance - VARIANCE - -0.000524) <= 0.5e-6
    assert abs(mean - MEAN) < 1e-9


def test_ddpm_is_ddim_with_eta_one() -> None:
    assert moments(200, 20, "ddpm", None) == moments(200, 20, "ddim", 1.0)


def test_samples_have_the_moments_that_the_coefficients_promise() -> None:
    """The same chain with real draws of the product's streams, so that the affine bookkeeping above is itself checked."""
    schedule, t_star, n_steps, seeds = NoiseSchedule(), 200, 10, range(400)
    ab = float(schedule.alpha_bar[t_star])
    x0 = MEAN + math.sqrt(VARIANCE) * normal(seeds, "z", (3, 8, 8))
    start = math.sqrt(ab) * x0 + math.sqrt(1 - ab) * normal(seeds, "lift", (3, 8, 8))
    noise = step_noise(seeds, n_steps, (3, 8, 8))
    grid = time_grid(t_star, n_steps)
    *_, last = walk(exact_net(schedule), start, grid, schedule, sampler="ddpm", noise=noise.__getitem__, clip_x0=False)
    mean, variance = moments(t_star, n_steps, "ddpm", None)
    pixels = last.x.numel()
    assert abs(float(last.x.mean()) - mean) < 5 * math.sqrt(variance / pixels)
    assert abs(float(last.x.var()) - variance) < 5 * variance * math.sqrt(2 / pixels)


@pytest.mark.parametrize(
    ("sampler", "order"), [("ddim", 1), ("dpmpp-2m", 2), ("unipc", 2), ("unipc-3", 3), ("heun", 2)]
)
def test_halving_the_steps_shows_the_order_of_the_solver(sampler: str, order: int) -> None:
    """Between two inner times, against the exact flow x_s - mu_s = sqrt(V_s / V_t) (x_t - mu_t); steps of 16, 8 and 4."""
    schedule, first, last = NoiseSchedule(), 400, 16
    total = [float(ab) * VARIANCE + 1 - float(ab) for ab in schedule.alpha_bar]
    exact = math.sqrt(total[last] / total[first])

    def error(size: int) -> float:
        start = torch.tensor([0.0, 1.0], dtype=torch.float64)
        # Three times more, since the last steps of a multistep solver are of lower order.
        grid = [*range(first, last - 1, -size), 12, 8, 0]
        end = next(
            s for s in walk(exact_net(schedule), start, grid, schedule, sampler=sampler, clip_x0=False) if s.t == last
        )
        return abs(float(end.x[1] - end.x[0]) - exact)

    for coarse, fine in ((16, 8), (8, 4)):
        # A corrector raises the order of what it corrects by up to one (zhao2023unipc, Theorem 3.1).
        above = 1 if sampler.startswith("unipc") else 0
        assert order - 0.3 <= math.log2(error(coarse) / error(fine)) <= order + above + 0.3


def test_the_clamp_acts_only_outside_the_range_of_images() -> None:
    schedule, grid = NoiseSchedule(), time_grid(100, 5)
    net = exact_net(schedule)
    inside = torch.tensor([[0.1], [0.4]], dtype=torch.float64)
    ends = [list(walk(net, inside, grid, schedule, clip_x0=clip))[-1].x for clip in (False, True)]
    assert torch.allclose(ends[0], ends[1], rtol=0, atol=1e-12)
    outside = torch.tensor([[9.0], [-9.0]], dtype=torch.float64)
    assert list(walk(net, outside, grid, schedule, clip_x0=True))[-1].x.abs().max() <= 1
    assert list(walk(net, outside, grid, schedule, clip_x0=False))[-1].x.abs().max() > 1
