"""One count over many works."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tdot_core.progress import Progress, finish
from tdot_core.services.evaluation.meter import Meter


def work(total: int, closed: list[str] | None = None) -> Generator[Progress, None, str]:
    try:
        for step in range(total + 1):
            yield Progress(step, total, {}, f"part {step}")
        return "answer"
    finally:
        if closed is not None:
            closed.append("closed")


def test_works_share_one_count() -> None:
    meter, seen = Meter(100), []
    assert finish(meter.track("first", 30, work(3)), seen.append) == "answer"
    meter.skip(20)
    finish(meter.track("second", 50, work(2)), seen.append)
    assert [(p.step, p.total) for p in seen] == [(s, 100) for s in (0, 10, 20, 30, 50, 75, 100)]
    assert seen[1].phase == "first: part 1" and meter.now() == Progress(100, 100, {}, "second: part 2")


def test_a_work_of_unknown_length_counts_when_it_ends() -> None:
    meter, seen = Meter(10), []
    finish(meter.track("x", 10, work(0)), seen.append)
    assert [p.step for p in seen] == [0] and meter.done == 10


def test_stopping_closes_the_work() -> None:
    closed: list[str] = []
    tracked = Meter(10).track("x", 10, work(5, closed))
    next(tracked)
    tracked.close()
    assert closed == ["closed"]


def test_an_error_passes_through() -> None:
    def failing() -> Generator[Progress, None, None]:
        yield Progress(0, 1)
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        finish(Meter(1).track("x", 1, failing()))
