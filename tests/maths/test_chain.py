"""What the walk asks of its network and its noise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.chain import sampler_eta, walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.samplers import samplers
from tdot_core.maths.schedule import NoiseSchedule


class Recorder:
    """A network and a noise source that write down what they are asked."""

    def __init__(self) -> None:
        self.times: list[list[int]] = []
        self.noises: list[int] = []

    def net(self, x: Tensor, t: Tensor) -> Tensor:
        assert t.dtype == torch.int64
        self.times.append(t.tolist())
        return torch.zeros_like(x)

    def noise(self, k: int) -> Tensor:
        self.noises.append(k)
        return torch.zeros(2, 3)


@pytest.mark.parametrize("sampler", list(samplers.all()))
@pytest.mark.parametrize("n_steps", [1, 2, 7])
def test_its_calls_are_those_it_states(sampler: str, n_steps: int) -> None:
    seen, grid = Recorder(), time_grid(100, n_steps)
    states = list(walk(seen.net, torch.zeros(2, 3), grid, NoiseSchedule(), sampler=sampler, noise=seen.noise))
    assert len(seen.times) == samplers.get(sampler)().calls(n_steps)
    assert [s.t for s in states] == grid and [s.step for s in states] == list(range(n_steps + 1))
    assert {t for pair in seen.times for t in pair} == set(grid[:-1])


def test_heun_calls_at_both_ends_of_every_step_but_the_last() -> None:
    seen = Recorder()
    list(walk(seen.net, torch.zeros(2, 3), [9, 6, 3, 0], NoiseSchedule(), sampler="heun"))
    assert [t for t, _ in seen.times] == [9, 6, 6, 3, 3]


@pytest.mark.parametrize("sampler", [key for key, cls in samplers.all().items() if cls.calls_per_step == 1])
def test_one_call_per_step_at_the_time_of_the_grid(sampler: str) -> None:
    seen, grid = Recorder(), time_grid(100, 7)
    states = list(walk(seen.net, torch.zeros(2, 3), grid, NoiseSchedule(), sampler=sampler, noise=seen.noise))
    assert seen.times == [[t, t] for t in grid[:-1]]
    assert [s.t for s in states] == grid and [s.step for s in states] == list(range(8))
    assert states[0].x0_hat is None and all(s.x0_hat is not None for s in states[1:])
    # The last step ends at x0_hat whatever the sampler, so it takes no noise.
    assert seen.noises == (list(range(6)) if samplers.get(sampler)().eta else [])


def test_is_lazy() -> None:
    seen = Recorder()
    states = walk(seen.net, torch.zeros(2, 3), time_grid(100, 100), NoiseSchedule())
    assert next(states).t == 100 and seen.times == []
    next(states)
    assert len(seen.times) == 1


def test_leaves_its_start_alone() -> None:
    x = torch.ones(2, 3)
    list(walk(Recorder().net, x, time_grid(10, 5), NoiseSchedule()))
    assert torch.equal(x, torch.ones(2, 3))


def test_eta_belongs_to_ddim() -> None:
    assert [key for key in ("ddim", "ddpm", "dpmpp-2m", "heun", "unipc") if samplers.get(key).takes_eta] == ["ddim"]
    assert [sampler_eta(key) for key in ("ddim", "ddpm", "dpmpp-2m")] == [0, 1, 0]
    assert [sampler_eta(key, 0.3) for key in ("ddim", "ddpm", "dpmpp-2m")] == [0.3, 1, 0]


def test_an_unknown_sampler_names_the_known_ones() -> None:
    with pytest.raises(TdotError, match=rf"'none-such'.*{', '.join(sorted(samplers.all()))}"):
        next(walk(Recorder().net, torch.zeros(2, 3), [10, 0], NoiseSchedule(), sampler="none-such"))
