"""Floor + gap = observed."""

from __future__ import annotations

import dataclasses
import re

import pytest

from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.services.results.error_split import decompose, split_table
from tdot_core.services.results.rows import EvaluationRow


def drawn(row: EvaluationRow, key: str, t: int | None, values: list[float], **changes: object) -> EvaluationRow:
    value = aggregate([MetricValue(v, None, 2000, 50_000) for v in values])
    fields: dict[str, object] = {
        "prior": key,
        "key": key,
        "label": key,
        "t_star": t,
        "metrics": {"fd": value},
        "sets": len(values),
    }
    return dataclasses.replace(row, **(fields | changes))  # type: ignore[arg-type]


def test_floor_and_gap_sum_to_what_is_observed_per_t_star(row: EvaluationRow) -> None:
    rows = [
        drawn(row, "real", None, [0.1]),
        drawn(row, "ot", 10, [3.0, 3.2]),
        drawn(row, "oracle", 10, [1.0, 1.1]),
        drawn(row, "ot", 50, [4.0, 4.2]),
        drawn(row, "oracle", 50, [2.5, 2.5]),
    ]
    splits = decompose(rows)
    assert [(s.row.prior, s.row.t_star) for s in splits] == [("ot", 10), ("ot", 50)]
    for split, floor in zip(splits, (1.05, 2.5), strict=True):
        assert split.floor is not None and split.gap is not None and split.gap.difference is not None
        assert split.floor.value == pytest.approx(floor)
        assert split.floor.value + split.gap.difference == pytest.approx(split.observed.value)  # type: ignore[operator]
    assert splits[0].gap is not None and splits[0].gap.measurable is True
    assert splits[0].to_json()["gap"]["difference"] == pytest.approx(2.05)


@pytest.mark.parametrize(
    "changes", [{"sampler": "ddpm"}, {"n_steps": 5}, {"seed": 1}, {"net": "other"}, {"n": 5}, {"layer": "192"}]
)
def test_an_oracle_of_another_setting_is_no_floor(row: EvaluationRow, changes: dict[str, object]) -> None:
    (split,) = decompose([drawn(row, "ot", 10, [3.0, 3.2]), drawn(row, "oracle", 10, [1.0, 1.1], **changes)])
    assert split.floor is None and split.gap is None and split_table([split])[0][6:8] == ["-", "-"]


def test_the_distances_at_the_start_stand_beside_true_ones(row: EvaluationRow) -> None:
    start = {"sliced": MetricValue(0.25, 0.011, 500, 500, 2), "sliced_floor": MetricValue(0.101, 0.01, 500, 500, 2)}
    (split,) = decompose([drawn(row, "ot", 10, [3.0, 3.2], start=start)])
    assert split_table([split])[0][3:5] == ["0.250 ± 0.011 (0.101)", "-"]


def test_all_numbers_of_a_measure_have_the_same_decimals(row: EvaluationRow) -> None:
    rows = [
        drawn(row, "ot", 10, [3.0, 3.2]),
        drawn(row, "gan", 10, [2.123456, 2.3]),
        drawn(row, "oracle", 10, [1.0, 1.1]),
    ]
    lines = split_table(decompose(rows))
    numbers = [n for line in lines for cell in line[6:] for n in re.findall(r"\d+\.\d+", cell)]
    assert len(numbers) >= 12 and {len(n.partition(".")[2]) for n in numbers} == {3}
