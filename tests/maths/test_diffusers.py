"""Our chain against three schedulers of diffusers, on grids where theirs is the same.

diffusers counts times from 0 (its t is ours minus 1) and DDIMScheduler takes t - T // n as the previous time whatever grid it was
given. With `trailing` spacing and a T that n divides, that is our grid too, also when the walk starts inside it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler
from torch import Tensor

from tdot_core.maths.chain import walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal

SHAPE = (3, 8, 8)
SCHEDULES = ["linear", "cosine"]


def exactly(scheduler: DDIMScheduler | DDPMScheduler, schedule: NoiseSchedule) -> None:
    """Give their scheduler float64 coefficients: theirs are float32, which the cosine schedule's ends cannot bear.

    That the two agree to float32 is tested with the schedule.
    """
    scheduler.alphas_cumprod = torch.from_numpy(schedule.alpha_bar[1:].copy())
    scheduler.one = scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)


def curved_net(x: Tensor, t: Tensor) -> Tensor:
    """Answer like a network that is not affine and knows the time."""
    return torch.tanh(1.3 * x) * (0.5 + t.view(-1, 1, 1, 1) / 2000) + 0.1 * torch.sin(7 * x)


def call(net: Callable[[Tensor, Tensor], Tensor], x: Tensor, t: int) -> Tensor:
    return net(x, torch.full((len(x),), t))


def ours(start: Tensor, grid: list[int], name: str, **kwargs: object) -> Tensor:
    return list(walk(curved_net, start, grid, NoiseSchedule(name), **kwargs))[-1].x  # type: ignore[arg-type]


@pytest.fixture
def start() -> Tensor:
    return normal(range(4), "z", SHAPE).double()


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("t_star", "n_steps"), [(1000, 10), (200, 10), (100, 100), (500, 25)])
@pytest.mark.parametrize("name", SCHEDULES)
def test_ddim(start: Tensor, name: str, t_star: int, n_steps: int, eta: float, clip: bool) -> None:
    grid = time_grid(t_star, n_steps)
    scheduler = DDIMScheduler(clip_sample=clip, timestep_spacing="trailing")
    exactly(scheduler, NoiseSchedule(name))
    scheduler.set_timesteps(1000 // (t_star // n_steps))
    assert (scheduler.timesteps[-n_steps:] + 1).tolist() == grid[:-1]
    noise = normal(range(n_steps), "step", (4, *SHAPE)).double()
    x = start
    for k, t in enumerate(grid[:-1]):
        x = scheduler.step(
            call(curved_net, x, t),
            t - 1,
            x,
            eta=eta,
            use_clipped_model_output=True,
            variance_noise=noise[k] if eta else None,
        ).prev_sample
    got = ours(start, grid, name, sampler="ddim", eta=eta, noise=noise.__getitem__, clip_x0=clip)
    assert torch.allclose(got, x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("t_star", [10, 60])
@pytest.mark.parametrize("name", SCHEDULES)
def test_ddpm_with_posterior_variance(start: Tensor, name: str, t_star: int, clip: bool) -> None:
    scheduler = DDPMScheduler(variance_type="fixed_small", clip_sample=clip)
    exactly(scheduler, NoiseSchedule(name))
    generator = torch.Generator().manual_seed(5)
    noise = [torch.randn((4, *SHAPE), generator=generator, dtype=torch.float64) for _ in range(t_star - 1)]
    generator.manual_seed(5)
    x = start
    for t in range(t_star, 0, -1):
        x = scheduler.step(call(curved_net, x, t), t - 1, x, generator=generator).prev_sample
    got = ours(start, time_grid(t_star, t_star), name, sampler="ddpm", noise=noise.__getitem__, clip_x0=clip)
    assert torch.allclose(got, x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("t_star", "n_steps"), [(1000, 20), (500, 10), (200, 10), (100, 20), (137, 9), (10, 10), (7, 1), (40, 2)]
)
@pytest.mark.parametrize(("name", "theirs"), [("linear", "linear"), ("cosine", "squaredcos_cap_v2")])
def test_dpmpp_2m(start: Tensor, name: str, theirs: str, t_star: int, n_steps: int) -> None:
    grid = time_grid(t_star, n_steps)
    scheduler = DPMSolverMultistepScheduler(
        beta_schedule=theirs,
        algorithm_type="dpmsolver++",
        solver_type="midpoint",
        solver_order=2,
        lower_order_final=False,
        final_sigmas_type="zero",
    )
    scheduler.set_timesteps(timesteps=[t - 1 for t in grid[:-1]])
    x = start
    for t in grid[:-1]:
        x = scheduler.step(call(curved_net, x, t), t - 1, x).prev_sample
    got = ours(start, grid, name, sampler="dpmpp-2m", clip_x0=False)
    assert torch.allclose(got, x, rtol=1e-3, atol=5e-4)  # their noise levels are float32


@pytest.mark.parametrize("grid_name", ["uniform", "logsnr", "karras"])
@pytest.mark.parametrize(
    ("t_star", "n_steps"), [(1000, 20), (500, 10), (200, 6), (137, 9), (10, 10), (7, 1), (40, 2), (60, 3)]
)
@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_unipc(start: Tensor, name: str, order: int, t_star: int, n_steps: int, grid_name: str) -> None:
    schedule = NoiseSchedule(name)
    grid = time_grid(t_star, n_steps, grid_name, schedule)
    scheduler = UniPCMultistepScheduler(
        solver_order=order, solver_type="bh2", predict_x0=True, lower_order_final=True, final_sigmas_type="zero"
    )
    scheduler.set_timesteps(n_steps)
    # It offers no grid of one's own, so its times and noise levels are put in place, in float64.
    scheduler.timesteps = torch.tensor([t - 1 for t in grid[:-1]])
    ab = torch.from_numpy(schedule.alpha_bar.copy())
    scheduler.sigmas = ((1 - ab[grid]) / ab[grid]).sqrt()
    x = start
    for t in grid[:-1]:
        x = scheduler.step(call(curved_net, x, t), t - 1, x).prev_sample
    got = ours(start, grid, name, sampler="unipc" if order == 2 else "unipc-3", clip_x0=False)
    assert torch.allclose(got, x, rtol=1e-6, atol=1e-6)  # their linear systems are solved in float32


def test_their_previous_time_ignores_the_grid() -> None:
    """Why the grid is ours: if this fails, diffusers has mended it and the remark in docs/decisions.md can go."""
    scheduler = DDIMScheduler(clip_sample=False)
    scheduler.set_timesteps(10)
    x = torch.ones(1, *SHAPE)
    stepped = scheduler.step(torch.zeros_like(x), 199, x).prev_sample
    ab = NoiseSchedule().alpha_bar
    assert torch.allclose(stepped, x * float((ab[100] / ab[200]) ** 0.5), atol=1e-4), "it jumps to 99, not to 179"
