"""Losses as curves, against pandas and by counting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tdot_core.services.runs.curves import POINTS, loss_curve, loss_names, smoothed, working_seconds


def test_long_curves_are_averaged_not_sampled() -> None:
    records = [{"step": k + 1, "total": 5000, "time": float(k), "a": float(k % 2)} for k in range(5000)]
    found = loss_curve(records, "a")
    assert len(found.steps) == POINTS and found.steps[-1] == 5000 and found.seconds[-1] == 4999
    assert found.values.mean() == pytest.approx(0.5, abs=0.01) and np.all(np.abs(found.values - 0.5) < 0.1)


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9, 0.99])
def test_smoothing_is_pandas_adjusted_moving_average(weight: float) -> None:
    values = np.random.default_rng(0).normal(size=200)
    expected = pd.Series(values).ewm(alpha=1 - weight, adjust=True).mean().to_numpy()
    np.testing.assert_allclose(smoothed(values, weight), expected, rtol=1e-10)


def test_a_pause_between_stop_and_resume_is_no_work() -> None:
    steady = np.arange(10.0) * 2
    paused = np.concatenate([steady[:5], steady[5:] + 86_400])
    np.testing.assert_allclose(working_seconds(paused), steady)
    backwards = np.concatenate([steady[:5], steady[5:] - 3600])  # the clock was set
    np.testing.assert_allclose(working_seconds(backwards), steady)
    assert working_seconds(np.array([7.0])).tolist() == [0.0]
    assert np.isnan(working_seconds(np.array([1.0, np.nan, 3.0]))).all()


def test_only_numbers_are_losses() -> None:
    records = [
        {"step": 1, "total": 2, "time": 0.0, "critic": 1.0},
        {"step": 2, "generator": 2, "note": "x", "on": True},
    ]
    assert loss_names(records) == ["critic", "generator"]
    assert loss_curve(records, "generator").steps.tolist() == [2]
