"""The time grid for every start and number of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdot_core.errors import TdotError
from tdot_core.maths.grid import time_grid

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


@pytest.mark.parametrize(("t_star", "n_steps", "message"), [
    (0, 1, "t_star must be at least 1, found 0"), (-5, 1, "found -5"), (10, 11, "from 1 to t_star = 10, found 11"), (10, 0, "found 0"),
])  # fmt: skip
def test_refuses(t_star: int, n_steps: int, message: str) -> None:
    with pytest.raises(TdotError, match=message):
        time_grid(t_star, n_steps)
