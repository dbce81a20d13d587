"""Values kept by content: found again, and never when anything they depend on changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tdot_core.metrics import metrics
from tdot_core.metrics.value import MetricValue
from tdot_core.progress import finish
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.kept_values import code_digest, keep_value, kept_value, value_path
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.storage.paths import project_root


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
    monkeypatch.setattr("tdot_core.services.evaluation.kept_values.code_digest", lambda module: "another formula")
    assert len(paths | {value_path("a", "b", "fd")}) == 5


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the project's formulas, which hashes are then made from; returns the folder of metrics."""
    for room in ("metrics", "maths"):
        shutil.copytree(project_root() / "tdot_core" / room, tmp_path / "tdot_core" / room)
    monkeypatch.setattr("tdot_core.services.evaluation.kept_values.project_root", lambda: tmp_path)
    code_digest.cache_clear()
    yield tmp_path / "tdot_core" / "metrics"
    code_digest.cache_clear()


def digests() -> dict[str, str]:
    code_digest.cache_clear()
    return {key: code_digest(metrics.get(key).__module__) for key in metrics.all()}


def test_an_unrelated_new_file_changes_no_hash(sources: Path) -> None:
    before = digests()
    (sources / "unrelated.py").write_text("from tdot_core.metrics.base import Metric\n")
    assert digests() == before and len(set(before.values())) == len(before)


@pytest.mark.parametrize(
    ("file", "touched", "spared"),
    [
        ("kid.py", {"kid"}, {"fd", "recall"}),
        ("gaussians.py", {"fd", "fd_inf"}, {"kid", "recall"}),
        ("base.py", {"fd", "kid"}, set()),
    ],
)
def test_a_changed_file_changes_the_hashes_of_the_metrics_that_import_it(
    sources: Path, file: str, touched: set[str], spared: set[str]
) -> None:
    before = digests()
    (sources / file).write_text((sources / file).read_text() + "\nMORE = 1\n")
    changed = {key for key, digest in digests().items() if digest != before[key]}
    assert touched <= changed and not spared & changed


def test_what_is_imported_further_down_counts(sources: Path) -> None:
    """checks.py is reached through statistics.py and features.py alone by some; every metric depends on it."""
    before = digests()
    (sources / "checks.py").write_text((sources / "checks.py").read_text() + "\nMORE = 1\n")
    assert all(digest != before[key] for key, digest in digests().items())


def test_an_evaluation_again_extracts_and_measures_nothing(measuring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = EvaluationSpec(
        ("vanilla",), n_steps=1, n=24, seed=31337, dataset="digits", device="cpu", metrics=("fd", "coverage")
    )
    first = finish(evaluate(asked))

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("done again")

    monkeypatch.setattr("tdot_core.services.evaluation.measurer.extract", refuse)
    monkeypatch.setattr("tdot_core.services.evaluation.measurer.Measurer._value", refuse)
    assert [row.metrics for row in finish(evaluate(asked))] == [row.metrics for row in first]
