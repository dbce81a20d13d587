"""Tables that fit a terminal."""

from __future__ import annotations

import pytest

from tdot_core.commands.columns import fitted

HEADER = ["name", "t*", "first", "second", "third"]
ROWS = [["short", "10", "1.25", "2", "3"], ["a longer name", "300", "1", "22222", "3 ± 1"]]


def test_a_wide_terminal_takes_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = fitted(HEADER, ROWS, 2).splitlines()
    assert len(lines) == 3
    assert [line.split() for line in lines[:2]] == [HEADER, ROWS[0]]
    assert {len(line) for line in lines} == {len(lines[2])}


@pytest.mark.parametrize("width", [24, 30, 36])
def test_a_narrow_one_repeats_the_names_in_blocks(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    blocks = fitted(HEADER, ROWS, 2).split("\n\n")
    assert len(blocks) > 1 and all(len(line) <= width for block in blocks for line in block.splitlines())
    assert all(block.splitlines()[2].startswith("a longer name") for block in blocks)
    shown = [word for block in blocks for word in block.splitlines()[0].split()]
    assert list(dict.fromkeys(shown)) == HEADER
