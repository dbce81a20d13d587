"""Values kept by content: found again, and never when anything they depend on changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tdot_core.metrics.value import MetricValue
from tdot_core.progress import finish
from tdot_core.services.evaluation import EvaluationSpec, evaluate
from tdot_core.services.evaluation.measured import keep_value, kept_value, value_path


def test_a_value_comes_back_whole_and_damage_is_no_value(cache: Path) -> None:
    path, value = value_path("real", "fake", "fd"), MetricValue(2.5, None, 9, 90, 1, "note", (), (2.4, 2.6))
    assert kept_value(path) is None
    keep_value(path, value)
    assert kept_value(path) == value
    for text in ("", "{", "[]", '{"nonsense": 1}'):
        path.write_text(text)
        assert kept_value(path) is None


def test_every_part_of_the_key_counts(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {value_path(*parts) for parts in (("a", "b", "fd"), ("b", "a", "fd"), ("a", "b", "kid"), ("a", "c", "fd"))}
    monkeypatch.setattr("tdot_core.services.evaluation.measured.code_digest", lambda: "another formula")
    assert len(paths | {value_path("a", "b", "fd")}) == 5


def test_an_evaluation_again_extracts_and_measures_nothing(measuring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = EvaluationSpec(
        ("vanilla",), n_steps=1, n=24, seed=31337, dataset="digits", device="cpu", metrics=("fd", "coverage")
    )
    first = finish(evaluate(asked))

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("done again")

    monkeypatch.setattr("tdot_core.services.evaluation.measuring.extract", refuse)
    monkeypatch.setattr("tdot_core.services.evaluation.measuring.Measurer._value", refuse)
    assert [row.metrics for row in finish(evaluate(asked))] == [row.metrics for row in first]
