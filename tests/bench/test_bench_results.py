"""What a measurement says, and how groups are found and timed."""

from __future__ import annotations

import pytest
import torch

from tdot_core.bench import bench_groups, run_bench
from tdot_core.bench.result import BenchResult
from tdot_core.bench.timing import interleaved, median_ratio, torch_threads
from tdot_core.errors import TdotError


@pytest.mark.parametrize(
    ("sense", "value", "holds"),
    [(">=", 95.0, True), (">=", 94.9, False), ("<=", 95.0, True), ("<=", 95.1, False), ("<", 95.0, False), ("<", 94.9, True),
     ("<", None, None), (">=", None, None), ("<=", float("nan"), False), (">=", float("nan"), False)],
)  # fmt: skip
def test_a_value_holds_as_its_bar_says(sense: str, value: float | None, holds: bool | None) -> None:
    result = BenchResult("group", "name", value, "times", sense, 95.0)
    assert result.holds is holds and result.bar == f"{sense} 95"
    assert list(result.document()) == ["group", "name", "value", "unit", "bar", "holds"]


def test_the_groups_of_the_issue_are_there() -> None:
    groups = bench_groups()
    assert set(groups) >= {
        "truncation",
        "pipeline",
        "sample-screen",
        "sliced",
        "app",
        "features",
        "frechet",
        "kid",
        "neighbours",
        "metrics",
    }
    assert all(group.HELP and callable(group.run) for group in groups.values())


def test_an_unknown_group_lists_the_known() -> None:
    with pytest.raises(TdotError, match="Unknown bench group 'nonsense'. Known: app, evaluation, features"):
        next(run_bench("nonsense"))


def test_one_group_or_all_with_a_word_before_each(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, group in bench_groups().items():
        monkeypatch.setattr(group, "run", lambda name=name: [BenchResult(name, "x", 1.0, "s", "<", 2.0)])
    said: list[tuple[int, int, str]] = []
    results = list(run_bench(before=lambda *words: said.append(words)))
    n = len(bench_groups())
    assert [r.group for r in results] == [name for _, _, name in said] == list(bench_groups())
    assert [(k, total) for k, total, _ in said] == [(k, n) for k in range(n)]
    assert [r.group for r in run_bench("sliced")] == ["sliced"]


def test_rounds_call_each_work_once_in_turning_order() -> None:
    calls: list[str] = []
    taken = interleaved({name: lambda name=name: calls.append(name) for name in "abc"}, 4)  # type: ignore[misc]
    assert "".join(calls) == "abcbcacababc"
    assert {name: len(times) for name, times in taken.items()} == {"a": 4, "b": 4, "c": 4}
    assert all(seconds >= 0 for times in taken.values() for seconds in times)


def test_the_ratio_is_the_median_over_rounds() -> None:
    assert median_ratio([1.0, 6.0, 100.0], [1.0, 2.0, 1.0]) == 3.0
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        median_ratio([1.0, 2.0], [1.0])


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        raise RuntimeError
    assert torch.get_num_threads() == before
