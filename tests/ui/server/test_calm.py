"""Memory that a drawing needed goes back to the system."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import psutil
import pytest

from ui.server import calm
from ui.server.calm import give_memory_back


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

    monkeypatch.setattr("ui.server.calm.ctypes.CDLL", missing)
    give_memory_back()
    assert asked == ["libc.so.6"]


@pytest.fixture
def unsettled() -> Iterator[None]:
    """Forget what was settled before, and let the collector see everything again afterwards."""
    before, calm._settled = calm._settled, 0
    yield
    gc.unfreeze()
    calm._settled = before


@pytest.mark.usefixtures("unsettled")
def test_imported_code_leaves_the_rounds_of_the_collector_once() -> None:
    before = len(gc.get_objects())
    calm.settle_modules()
    frozen = gc.get_freeze_count()
    assert frozen > before / 2 and len(gc.get_objects()) < before / 10
    calm.settle_modules()
    assert gc.get_freeze_count() == frozen


@pytest.mark.usefixtures("unsettled")
def test_what_comes_later_is_still_collected() -> None:
    calm.settle_modules()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1
