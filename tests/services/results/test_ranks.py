"""Ranges of ranks against the paired comparison of every two rows, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results import ranks
from tdot_core.services.results.paired import compare_metric
from tdot_core.services.results.ranks import RankRange, rank_ranges
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row


def measured(prior: str, values: list[float], metric: str = "fd", **changes: object) -> EvaluationRow:
    value = MetricValue(float(np.mean(values)), 0.1, 64, 100, len(values), values=tuple(values))
    return row(prior, metrics={metric: value}, sets=len(values), **changes)


def noisy(n: int, metric: str = "fd", sets: int = 3) -> list[EvaluationRow]:
    rng = np.random.default_rng(3)
    common = rng.normal(0, 0.3, sets)  # common seeds move all rows alike, which pairing takes out
    means = rng.uniform(2, 5, n)
    return [measured(f"p{k}", (means[k] + common + rng.normal(0, 0.05, sets)).tolist(), metric) for k in range(n)]


@pytest.mark.parametrize("metric", ["fd", "recall"])
@pytest.mark.parametrize("block", [4, 512])
def test_ranges_count_what_single_comparisons_tell_apart(
    metric: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "BLOCK", block)
    rows = noisy(12, metric)
    expected = []
    for one in rows:
        found = [compare_metric(metric, one, other) for other in rows if other is not one]
        better = sum(bool(f.measurable) and f.better == "second" for f in found)
        worse = sum(bool(f.measurable) and f.better == "first" for f in found)
        expected.append(RankRange(1 + better, len(rows) - worse))
    assert rank_ranges(rows, metric) == expected
    assert any(r.low < r.high for r in expected) and any(r.low > 1 for r in expected)


def test_the_jackknife_of_single_sets_counts_too() -> None:
    rng = np.random.default_rng(5)
    rows = [
        row(
            f"p{k}",
            sets=1,
            metrics={"fd": MetricValue(v, None, 64, 100, 1, replicates=tuple(v + rng.normal(0, 0.02, 10)))},
        )
        for k, v in enumerate((2.0, 2.01, 4.0))
    ]
    found = rank_ranges(rows, "fd")
    single = [compare_metric("fd", rows[0], other).measurable for other in rows[1:]]
    assert found == [RankRange(1, 3 - sum(map(bool, single))), RankRange(1, 2), RankRange(3, 3)]


def test_other_seeds_widen_the_range_and_never_pair() -> None:
    close = [[2.0, 3.0, 4.0], [2.1, 3.1, 4.1]]
    paired = rank_ranges([measured("a", close[0]), measured("b", close[1])], "fd")
    apart = rank_ranges([measured("a", close[0]), measured("b", close[1], seed=999)], "fd")
    assert [str(r) for r in paired] == ["1", "2"] and [str(r) for r in apart] == ["1\N{EN DASH}2"] * 2
    far = rank_ranges([measured("a", [2.0, 2.1, 2.2]), measured("b", [9.0, 9.1, 9.2], seed=999)], "fd")
    assert [str(r) for r in far] == ["1", "2"]


def test_what_is_no_contestant_or_has_no_error_has_no_rank() -> None:
    rows = [
        measured("a", [2.0, 2.1]),
        measured("b", [9.0, 9.1]),
        measured("oracle", [0.1, 0.1]),
        measured("real", [0.1, 0.2], t_star=None),
        measured("c", [3.0]),
        row("d", metrics={}),
    ]
    assert [r is not None for r in rank_ranges(rows, "fd")] == [True, True, False, False, False, False]
    assert rank_ranges([], "fd") == [] and rank_ranges(rows[:1], "fd") == [None]


def test_more_rows_than_can_be_compared_have_no_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "MOST", 3)
    assert rank_ranges(noisy(4), "fd") == [None] * 4


def test_rows_on_other_numbers_of_images_than_most_are_not_ranked() -> None:
    rows = [*noisy(3), measured("few", [0.1, 0.1, 0.2], n=8)]
    assert [r is not None for r in rank_ranges(rows, "fd")] == [True, True, True, False]
    assert rank_ranges(rows, "fd")[:3] == rank_ranges(rows[:3], "fd")
