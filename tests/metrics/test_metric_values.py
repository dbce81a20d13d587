"""Aggregating a metric over independent sample sets."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdot_core.metrics.value import MetricValue, aggregate


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=10))
def test_the_spread_is_the_standard_error_of_the_mean(numbers: list[float]) -> None:
    found = aggregate([MetricValue(x, None, 5, 9) for x in numbers])
    assert found.value == pytest.approx(statistics.fmean(numbers), rel=1e-9, abs=1e-9)
    assert found.spread == pytest.approx(statistics.stdev(numbers) / len(numbers) ** 0.5, rel=1e-6, abs=1e-6)
    assert (found.n, found.n_real, found.sets, found.values) == (5, 9, len(numbers), tuple(numbers))


def test_one_set_has_no_spread() -> None:
    assert aggregate([MetricValue(2.5, None, 5, 9, note="small")]) == MetricValue(2.5, None, 5, 9, 1, "small", (2.5,))


def test_a_set_that_was_not_measured_leaves_no_mean() -> None:
    found = aggregate([MetricValue(1.0, None, 5, 9), MetricValue(None, None, 5, 9, note="collapsed")])
    assert found.value is None and found.spread is None and found.note == "Not measured on 1 of 2 sets: collapsed"
    every = aggregate([MetricValue(None, None, 5, 9, note="collapsed")] * 3)
    assert every.value is None and every.note == "collapsed"


def test_no_sets_are_not_zero() -> None:
    assert aggregate([]).value is None
