"""The groups that measure the evaluation engine, on small arrays: what they compare is equal, and each says what it timed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tdot_core.bench import features, frechet, kid, metrics, neighbours
from tdot_core.bench.clouds import cloud
from tdot_core.bench.timing import timed
from tdot_core.metrics import metrics as registered


def test_the_clouds_are_seeded_and_like_pooled_features() -> None:
    found = cloud(400, 12, 1)
    assert found.dtype == np.float32 and (found >= 0).all() and 0.2 < found.mean() < 0.6
    assert np.array_equal(found, cloud(400, 12, 1)) and not np.array_equal(found, cloud(400, 12, 2))
    assert cloud(400, 12, 1, shift=0.5).mean() > found.mean()


def test_timed_gives_the_result_with_its_seconds() -> None:
    result, seconds = timed(lambda: sum(range(1000)))
    assert result == 499_500 and seconds > 0


def test_frechet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"D": 64, "FULL": 300, "FEW": 20}.items():
        monkeypatch.setattr(frechet, name, value)
    full, full_time, singular, singular_time = frechet.run()
    assert full.holds is True and singular.holds is True and full.bar == "<= 1e-06"
    assert "full rank, 300 images in 64" in full.name and "singular, 20 images in 64" in singular.name
    assert all(time.value is not None and time.value > 0 and time.bar == "<= 1" for time in (full_time, singular_time))


def test_kid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"N": 300, "D": 16, "REPEATS": 1}.items():
        monkeypatch.setattr(kid, name, value)
    value, time = kid.run()
    assert value.holds is True and value.bar == "<= 1e-06" and "300 x 16" in value.name
    assert time.value is not None and time.value > 0


def test_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"N": 500, "D": 16, "MEMORY_N": 3000, "MEMORY_D": 8}.items():
        monkeypatch.setattr(neighbours, name, value)
    value, time, memory = neighbours.run()
    assert value.holds is True and value.bar == "<= 1e-05" and "500 x 500 x 16" in value.name
    assert time.value is not None and time.bar == ">= 1.5"
    assert memory.holds is True and memory.value is not None and memory.value > 0.01


def test_features_of_untrained_weights_where_there_are_none(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TDOT_INCEPTION", raising=False)
    monkeypatch.setattr(features, "REPEATS", 1)
    monkeypatch.setattr(features, "SETTINGS", (("64", 3, 2.2),))
    speed, error = features.run()
    assert error.holds is True and error.bar == "<= 1e-05" and "untrained network" in error.name
    assert speed.value is not None and speed.value > 0 and speed.bar == ">= 2.2" and "layer 64, 3 images" in speed.name


def test_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"N": 60, "N_REAL": 80, "N_HELDOUT": 50, "D": 6}.items():
        monkeypatch.setattr(metrics, name, value)
    together, slowest = metrics.run()
    assert f"all {len(registered.all())} metrics, 60 fake, 80 real and 50 held-out" in together.name
    assert (together.bar, slowest.bar) == ("< 30", "< 3") and together.holds is True and slowest.holds is True
