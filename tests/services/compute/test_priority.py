"""Threads that compute stand back, those that answer do not."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from tdot_core.services.compute import chunks
from tdot_core.services.compute.priority import compute_behind, stand_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux only")


@pytest.fixture
def behind() -> Iterator[int]:
    """Let computing threads run at a niceness for one test."""
    niceness = min(19, here() + 3)
    compute_behind(niceness)
    yield niceness
    compute_behind(0)


@pytest.fixture
def nobody_asked() -> None:
    """Forget what an app that ran in this process, in an earlier test, asked for."""
    compute_behind(0)


def here() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def in_a_thread(*steps: object) -> list[int]:
    found: list[int] = []

    def work() -> None:
        for step in steps:
            if callable(step):
                step()
        found.append(here())
        inner = threading.Thread(target=lambda: found.append(here()))
        inner.start()
        inner.join()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found


def test_a_thread_and_those_it_starts_stand_back(behind: int) -> None:
    before = here()
    assert in_a_thread(stand_back) == [behind] * 2 and here() == before


def test_nothing_changes_where_nobody_asked_for_it(nobody_asked: None) -> None:
    assert in_a_thread(stand_back) == [here()] * 2


def test_a_thread_that_stands_further_back_stays_there(behind: int) -> None:
    def further() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, behind + 2))

    assert in_a_thread(further, stand_back) == [min(19, behind + 2)] * 2


def test_the_threads_of_chunks_stand_back(behind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks._pool.cache_clear()
    try:
        assert set(chunks.run_chunks(lambda _: here(), range(4))) == {behind}
    finally:
        chunks._pool.cache_clear()
