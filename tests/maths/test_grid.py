"""The time grid for every start and number of steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq

from tdot_core.errors import TdotError
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule

requests = st.integers(1, 1000).flatmap(lambda t: st.tuples(st.just(t), st.integers(1, t)))


@given(requests)
def test_falls_evenly_from_t_star_to_zero(request: tuple[int, int]) -> None:
    t_star, n_steps = request
    grid = time_grid(t_star, n_steps)
    assert len(grid) == n_steps + 1 and grid[0] == t_star and grid[-1] == 0
    assert all(t > s for t, s in zip(grid[:-1], grid[1:], strict=True))
    assert all(abs(t - t_star * (n_steps - k) / n_steps) <= 0.5 + 1e-9 for k, t in enumerate(grid))
    assert all(type(t) is int for t in grid)


@given(st.integers(1, 1000))
def test_as_many_steps_as_t_star_visit_every_time(t_star: int) -> None:
    assert time_grid(t_star, t_star) == list(range(t_star, -1, -1))


def test_examples() -> None:
    assert time_grid(200, 10) == [200, 180, 160, 140, 120, 100, 80, 60, 40, 20, 0]
    assert time_grid(10, 4) == [10, 8, 5, 2, 0], "halves round to even"
    assert time_grid(1000, 1) == [1000, 0]


@given(requests, st.sampled_from(["logsnr", "karras"]), st.sampled_from(["linear", "cosine"]))
def test_every_grid_falls_strictly_and_ends_with_a_call_at_one(
    request: tuple[int, int], grid: str, schedule: str
) -> None:
    t_star, n_steps = request
    times = time_grid(t_star, n_steps, grid, NoiseSchedule(schedule))
    assert len(times) == n_steps + 1 and times[0] == t_star and times[-1] == 0
    assert all(t > s and type(t) is int for t, s in zip(times[:-1], times[1:], strict=True))
    assert n_steps == 1 or times[-2] == 1


@pytest.mark.parametrize(("grid", "t_star", "n_steps", "expected"), [
    # Steps of equal log-SNR, found by bisection on the schedule; at the low end they collide and take the next free integer.
    ("logsnr", 1000, 10, None), ("logsnr", 200, 6, None), ("karras", 1000, 10, None), ("karras", 400, 5, None),
    ("logsnr", 10, 10, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), ("karras", 10, 10, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ("logsnr", 10, 5, None), ("logsnr", 50, 10, None), ("karras", 50, 10, None),
    ("uniform", 50, 10, [50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 0]), ("logsnr", 7, 1, [7, 0]), ("karras", 300, 2, [300, 1, 0]),
])  # fmt: skip
def test_golden_lists(grid: str, t_star: int, n_steps: int, expected: list[int] | None) -> None:
    found = time_grid(t_star, n_steps, grid)
    if expected is not None:
        assert found == expected
        return
    # An independent way: the real times by scipy's root finder on a spline-free interpolation, then greedily apart.
    ab = NoiseSchedule().alpha_bar
    sigma = np.sqrt((1 - ab[1:]) / ab[1:])
    ends = sigma[t_star - 1], sigma[0]
    level = {
        "logsnr": lambda u: np.log(ends[0]) + u * (np.log(ends[1]) - np.log(ends[0])),
        "karras": lambda u: 7 * np.log(ends[0] ** (1 / 7) + u * (ends[1] ** (1 / 7) - ends[0] ** (1 / 7))),
    }[grid]
    line = interp1d(np.arange(1, 1001), np.log(sigma))
    real = [
        t_star
        if k == 0
        else 1
        if k == n_steps - 1
        else brentq(lambda t, k=k: line(t) - level(k / (n_steps - 1)), 1, 1000)
        for k in range(n_steps)
    ]
    apart: list[int] = []
    for t in reversed(real):
        apart.insert(0, max(round(t), apart[0] + 1 if apart else 1))
    assert found == [*apart, 0]


def test_where_times_collide_the_next_free_integer_is_taken() -> None:
    assert time_grid(10, 5, "logsnr")[-3:] == [2, 1, 0]
    assert len(set(time_grid(50, 40, "logsnr"))) == 41


def test_an_unknown_grid_lists_the_known() -> None:
    with pytest.raises(TdotError, match="karras, logsnr, uniform"):
        time_grid(10, 5, "sigmoid")


@pytest.mark.parametrize(
    ("t_star", "n_steps", "message"),
    [
        (0, 1, "t_star must be at least 1, found 0"),
        (-5, 1, "found -5"),
        (10, 11, "from 1 to t_star = 10, found 11"),
        (10, 0, "found 0"),
    ],
)
def test_refuses(t_star: int, n_steps: int, message: str) -> None:
    with pytest.raises(TdotError, match=message):
        time_grid(t_star, n_steps)
