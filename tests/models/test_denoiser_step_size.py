"""The denoiser's step size against the closed form of its shape."""

from __future__ import annotations

import pytest

from tdot_core.models.denoiser_training import WARM_UP, step_size


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
