"""The bench of the whole command gives times, and says so when there is nothing to time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdot_core.bench import evaluation


def test_it_times_all_metrics_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "N", 16)
    whole, more = evaluation.run()
    assert whole.value is not None and more.value is not None
    assert (whole.limit, more.limit, whole.unit) == (30.0, 3.0, "seconds") and more.value > 0 and whole.value > 0


def test_without_models_nothing_is_measured(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "none"))
    assert [(result.value, "needs a denoiser" in result.name) for result in evaluation.run()] == [(None, True)] * 2
