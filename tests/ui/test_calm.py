"""Drawing threads stand back, those that answer clicks do not."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from ui.calm import DRAWING_NICENESS, calm_thread, give_memory_back


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux only")
def test_a_drawing_thread_and_those_it_starts_stand_back() -> None:
    here, found = niceness(), list[int]()

    def inner() -> None:
        found.append(niceness())

    def outer() -> None:
        calm_thread()
        found.append(niceness())
        thread = threading.Thread(target=inner)
        thread.start()
        thread.join()

    thread = threading.Thread(target=outer)
    thread.start()
    thread.join()
    assert found == [max(DRAWING_NICENESS, here)] * 2 and niceness() == here


def test_memory_can_be_given_back_anywhere() -> None:
    give_memory_back()
