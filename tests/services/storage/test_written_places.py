"""Where a file is written to: a file, what a link leads to, a pipe."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tdot_core.services.storage.files import write_atomically


def write(path: Path, text: str = "whole") -> None:
    write_atomically(path, lambda temporary: temporary.write_text(text))


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    link, target = tmp_path / "latest.csv", tmp_path / "kept" / "today.csv"
    target.parent.mkdir()
    link.symlink_to(target)
    write(link)
    assert link.is_symlink() and target.read_text() == "whole"
    write(link, "again")
    assert link.is_symlink() and target.read_text() == "again" and not list(tmp_path.glob("**/.*"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write(pipe)
    reader.join(30)
    assert read == ["whole"] and pipe.is_fifo()


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    write(path)

    def fail(temporary: Path) -> None:
        temporary.write_text("ha")
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_atomically(path, fail)
    assert path.read_text() == "whole" and [p.name for p in tmp_path.iterdir()] == ["rows.json"]
