"""The cache limit: the least recently used goes first, runs and data sets never."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.services.storage.cache import cache_limit, entries, note_use, parse_limit, sizes, trim
from tdot_core.services.storage.locks import take


def put(path: Path, n: int, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * n)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def full(cache: Path) -> Path:
    """Three image sets and one set of features of 1 kB each, oldest first, beside a run and a data set."""
    for k, name in enumerate(("a", "b", "c")):
        put(cache / "samples" / f"{name}.npy", 900, 9000 - 1000 * k)
        put(cache / "samples" / f"{name}.json", 100, 9000 - 1000 * k)
    put(cache / "features" / "f" / "cifar-cnn-x-penultimate.npy", 1000, 5000)
    put(cache / "runs" / "ot-1" / "weights.safetensors", 10**5, 10**6)
    put(cache / "datasets" / "0123456789abcdef" / "train.npy", 10**5, 10**6)
    return cache


def names(cache: Path) -> set[str]:
    return {p.relative_to(cache).as_posix() for p in cache.rglob("*") if p.is_file()}


def test_the_least_recently_used_goes_first_and_runs_never(full: Path) -> None:
    untouched = {"runs/ot-1/weights.safetensors", "datasets/0123456789abcdef/train.npy"}
    assert trim(2500) == 2000
    assert names(full) == untouched | {"samples/c.npy", "samples/c.json", "features/f/cifar-cnn-x-penultimate.npy"}
    assert trim(0) == 2000 and names(full) == untouched


def test_what_was_just_used_or_is_being_drawn_stays(full: Path) -> None:
    note_use(full / "samples" / "a.npy")
    lock = take(full / "samples" / "b.lock")
    os.utime(full / "samples" / "b.lock", (1, 1))
    trim(0)
    assert {"samples/a.npy", "samples/b.npy"} <= names(full) and "samples/c.npy" not in names(full)
    assert lock is not None
    lock.close()


def test_no_limit_throws_nothing_away(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_LIMIT", "none")
    assert trim(cache_limit()) == 0 and len(entries()) == 4


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 5 * 10**8), ("10 GB", 10**10), ("1.5k", 1500), ("0", 0), ("none", None)]
)
def test_limits_are_read(text: str, size: int | None) -> None:
    assert parse_limit(text) == size


@pytest.mark.parametrize("text", ["", "many", "-1", "nan", "1e999", "9" * 5000, "5 PB"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(TdotError, match="such as 500MB"):
        parse_limit(text)


def test_the_command(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "show"]) == 0 and "Can be made again" in capsys.readouterr().out
    assert main(["cache", "trim", "--limit", "0"]) == 0
    assert sizes()["runs"] == 10**5 and sizes()["samples"] == 0
    assert main(["cache", "trim", "--limit", "lots"]) == 2
