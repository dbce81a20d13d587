"""Progress on stderr, on a terminal and in a file."""

from __future__ import annotations

import os

import pytest

from tdot_core.commands.bar import Bar
from tdot_core.progress import Progress


def test_without_a_terminal_a_line_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    for step in range(1001):
        bar(Progress(step, 1000, {"loss": 0.12344}))
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and len(lines) == 11
    assert lines[0] == "training   0%  0/1,000  loss 0.1234"
    assert lines[-1].startswith("training 100%  1,000/1,000")


def test_a_new_phase_starts_again(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar()
    for phase in ("decoding", "writing"):
        for step in (1, 2):
            bar(Progress(step, 2, phase=phase))
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["decoding"] * 2 + ["writing"] * 2


def test_an_empty_total_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    Bar()(Progress(0, 0))
    assert "100%" in capsys.readouterr().err


def test_on_a_terminal_one_line_is_redrawn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    reader, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        bar = Bar()
        for step in range(1001):
            bar(Progress(step, 1000))
        bar(Progress(0, 5, phase="writing"))
        bar.close()
        bar.close()
        monkeypatch.undo()
        shown = ""
        while not shown.endswith("0/5\r\n"):
            shown += os.read(reader, 65536).decode()
    os.close(reader)
    assert "[########################] training 100%  1,000/1,000" in shown
    assert "\n" in shown[: shown.index("writing")] and shown.count("\n") == 2
    assert capsys.readouterr() == ("", "")
