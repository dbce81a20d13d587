"""Comparing two priors: against scipy's paired t test, and the sentences around it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.services.results.comparison import against_first, compare_priors
from tdot_core.services.results.paired import BY_JACKKNIFE, BY_SETS, compare_metric, jackknife, paired_t
from tdot_core.services.results.rows import EvaluationRow


def measured(row: EvaluationRow, values: list[float], key: str = "fd", **changes: object) -> EvaluationRow:
    value = aggregate([MetricValue(v, None, 2000, 50_000) for v in values])
    return dataclasses.replace(row, metrics={key: value}, sets=len(values), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("m", [2, 3, 10])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_is_scipys(m: int, level: float) -> None:
    random = np.random.default_rng(m)
    a, b = random.normal(3, 1, m), random.normal(2.5, 1, m)
    expected = stats.ttest_rel(a, b).confidence_interval(level)
    mean, low, high = paired_t(a.tolist(), b.tolist(), level)
    assert (mean, low, high) == pytest.approx(
        (float((a - b).mean()), float(expected.low), float(expected.high)), rel=1e-9
    )


def test_pairing_finds_what_two_spreads_hide(row: EvaluationRow) -> None:
    shift = np.array([0.0, 5.0, -4.0, 2.0])
    first = measured(row, (10 + shift + [0.01, -0.01, 0.02, 0.0]).tolist(), prior="ot")
    second = measured(row, (10.5 + shift).tolist(), prior="gan")
    found = compare_metric("fd", first, second)
    assert (found.method, found.count, found.measurable) == (BY_SETS, 4, True)
    assert found.verdict("OT", "GAN") == "OT is better." and found.difference == pytest.approx(-0.495)
    # Unpaired, the same numbers cannot be told apart.
    assert stats.ttest_ind(first.metrics["fd"].values, second.metrics["fd"].values).pvalue > 0.5


def test_an_interval_that_spans_zero_is_no_measurable_difference(row: EvaluationRow) -> None:
    found = compare_metric("fd", measured(row, [1.0, 2.0, 3.0]), measured(row, [2.0, 1.0, 3.1]))
    assert found.low is not None and found.high is not None and found.low < 0 < found.high
    assert found.verdict("A", "B") == "No measurable difference."


def test_equal_sets_are_no_measurable_difference(row: EvaluationRow) -> None:
    found = compare_metric("fd", measured(row, [1.0, 2.0]), measured(row, [1.0, 2.0]))
    assert (found.difference, found.low, found.high, found.measurable) == (0.0, 0.0, 0.0, False)
    assert found.verdict("A", "B") == "No measurable difference."


def test_the_better_one_follows_the_metrics_direction(row: EvaluationRow) -> None:
    high, low = [0.9, 0.91, 0.9], [0.5, 0.51, 0.52]
    for key, winner in (("coverage", "A"), ("fd", "B")):
        found = compare_metric(key, measured(row, high, key), measured(row, low, key))
        assert found.verdict("A", "B") == f"{winner} is better."
    found = compare_metric("authpct", measured(row, high, "authpct"), measured(row, low, "authpct"))
    assert found.verdict("A", "B") == "A measurable difference.", "the share of authentic images is highest for noise"


def test_a_grouped_jackknife_of_a_mean_is_the_t_interval_over_groups() -> None:
    random = np.random.default_rng(5)
    x = random.normal(size=(10, 7))
    without = [float(np.delete(x, g, axis=0).mean()) for g in range(10)]
    expected = stats.t.interval(0.95, 9, loc=x.mean(), scale=x.mean(1).std(ddof=1) / 10**0.5)
    assert jackknife(float(x.mean()), without)[1:] == pytest.approx(expected, rel=1e-9)


def test_one_set_takes_the_jackknife_where_there_are_replicates(row: EvaluationRow) -> None:
    def one(value: float, replicates: tuple[float, ...]) -> EvaluationRow:
        return dataclasses.replace(
            row, sets=1, metrics={"fd": MetricValue(value, None, 90, 90, 1, "", (value,), replicates)}
        )

    found = compare_metric("fd", one(5.0, (5.0, 5.1, 4.9)), one(2.0, (2.0, 2.1, 1.9)))
    assert (found.method, found.count, found.measurable) == (BY_JACKKNIFE, 3, True) and "not over sets" in found.note
    bare = compare_metric("fd", one(5.0, ()), one(2.0, ()))
    assert bare.measurable is None and bare.difference == 3.0 and "--sets 3" in bare.verdict("A", "B")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seed": 7}, "seed differs (0 and 7)"),
        ({"n": 5}, "n differs"),
        ({"layer": "192"}, "layer differs"),
        ({"t_star": None}, "have none"),
    ],
)
def test_what_is_not_paired_has_no_interval_and_says_why(
    row: EvaluationRow, changes: dict[str, object], reason: str
) -> None:
    found = compare_metric("fd", measured(row, [1.0, 2.0]), measured(row, [1.5, 2.5], **changes))
    assert found.measurable is None and reason in found.note


def test_not_measured_is_said_with_its_reason(row: EvaluationRow) -> None:
    other = dataclasses.replace(row, metrics={"fd": MetricValue(None, note="Too few images.")})
    found = compare_metric("fd", row, other)
    assert found.difference is None and found.verdict("A", "B") == "Not measured. Too few images."


def test_priors_meet_at_every_common_setting(row: EvaluationRow) -> None:
    rows = [
        measured(row, [float(t), t + 1.0], prior=prior, label=prior.upper(), t_star=t)
        for prior, steps in (("ot", (10, 50)), ("gan", (50, 100)), ("vae", (10,)))
        for t in steps
    ]
    assert [(c.first.t_star, c.second.prior) for c in against_first(rows)] == [(50, "gan"), (10, "vae")]
    (only,) = compare_priors(rows, "GAN", "ot", ["fd"])
    assert (only.first.prior, only.second.prior, only.first.t_star, len(only.metrics)) == ("gan", "ot", 50, 1)
    assert only.cells()[0][-1] == "No measurable difference." and only.to_json()["metrics"][0]["measurable"] is False
    with pytest.raises(TdotError, match="never measured at one setting"):
        compare_priors(rows, "gan", "vae")
    with pytest.raises(TdotError, match=r"No row of 'nonsense'.*Evaluated: ot, gan, vae"):
        compare_priors(rows, "gan", "nonsense")
    with pytest.raises(TdotError, match="level"):
        compare_priors(rows, "gan", "ot", level=1.0)
