"""How long a wait takes, from what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdot_core.maths.samplers import samplers
from tdot_core.services.compute.chunks import CHUNK, worker_count
from tdot_core.services.sampling.generate import Order, SampleSettings, generate_orders
from tdot_core.services.sampling.loading import load_net, load_prior
from ui.sample.drawing import Line
from ui.server.pace import Pace, calls_of


def test_the_median_of_the_last_is_kept_for_the_next_start(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace.json")
    assert pace.seconds("net") is None
    for seconds in [9.0] * 20 + [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 50.0]:
        pace.note("net", seconds)
    assert pace.seconds("net") == 2.0
    pace.keep()
    assert Pace(tmp_path / "pace.json").seconds("net") == 2.0


@pytest.mark.parametrize("text", ["", "[1]", '{"net": "soon", "b": -1, "c": Infinity}', "\x00"])
def test_a_damaged_file_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "pace.json").write_text(text)
    pace = Pace(tmp_path / "pace.json")
    assert [pace.seconds(name) for name in ("net", "b", "c")] == [None] * 3


@pytest.mark.parametrize("sampler", list(samplers.all()))
def test_calls_are_those_that_a_drawing_makes(tiny: Path, sampler: str) -> None:
    order = Order(load_prior("ot"), load_net(), SampleSettings(60, 4, sampler, n=CHUNK + 2))
    assert calls_of(order) == sum(chunk.nfe for chunk in generate_orders([order]))


def test_a_drawing_takes_its_calls_on_all_workers_but_a_chunk_at_least(tiny: Path, tmp_path: Path) -> None:
    order, pace = Order(load_prior("ot"), load_net(), SampleSettings(60, 4, n=4)), Pace(tmp_path / "pace.json")
    assert pace.drawing(order, 4) is None
    pace.note(order.net.fingerprint, 0.5)
    assert pace.drawing(order, 4) == 2.0
    assert pace.drawing(order, 400) == pytest.approx(max(0.5 * 400 / worker_count(), 2.0))


def test_the_line_adds_up_what_is_ahead() -> None:
    line = Line()
    first, second, third, last = line.enter(800.0), line.enter(400.0), line.enter(200.0), line.enter()
    waits = [line.wait(ticket) for ticket in (first, second, third, last)]
    assert waits[0] is None, "nothing is ahead of the first"
    known = [wait for wait in waits[1:] if wait is not None]
    assert [later - known[0] for later in known] == pytest.approx([0, 400, 600], abs=1) and known[0] <= 800
    line.leave(second)
    third_waits = line.wait(third)
    assert third_waits is not None and third_waits <= 800 and line.place(third) == 1
    after = line.enter(1.0)
    assert line.wait(after) is None, "nobody knows how long the one before takes"
