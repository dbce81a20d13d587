"""Memory that a drawing needed goes back to the system."""

from __future__ import annotations

import sys

import psutil
import pytest

from ui.calm import give_memory_back


@pytest.mark.skipif(sys.platform != "linux", reason="glibc keeps freed memory, and gives it back when asked")
def test_memory_that_glibc_keeps_is_given_back() -> None:
    process = psutil.Process()
    blocks = [b"x" * 65_536 for _ in range(2048)]
    kept = blocks[-1]  # at the end of the heap, so that freeing what lies before it alone returns nothing
    blocks.clear()
    before = process.memory_info().rss
    give_memory_back()
    assert before - process.memory_info().rss > 64 * 2**20 and len(kept) == 65_536


def test_a_system_without_glibc_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def missing(name: str) -> None:
        asked.append(name)
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ui.calm.ctypes.CDLL", missing)
    give_memory_back()
    assert asked == ["libc.so.6"]
