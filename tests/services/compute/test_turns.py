"""Threads that compute pause for those that answer, and keep their half of the time."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Iterator

import pytest
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from tdot_core.services.compute.turns import begin_computing, give_way, resting, somebody_answers, take_turns
from ui.server.calm import SCRIPT_THREAD

PATIENCE = 600


@pytest.fixture
def answering() -> Iterator[threading.Event]:
    """A thread that answers until the event is set; computing threads give way to it."""
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait, name="answers")
    thread.start()
    take_turns(lambda one: one.name == "answers")
    yield ended
    ended.set()
    thread.join()
    take_turns(None)


def compute(seconds: float) -> threading.Thread:
    """Start a thread that computes for so long, with a turn at every millisecond."""

    def work() -> None:
        begin_computing()
        done = 0.0
        while done < seconds:
            begun = time.perf_counter()
            sum(range(20_000))
            done += time.perf_counter() - begun
            give_way()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_computing_never_stops_for_good(answering: threading.Event) -> None:
    """The thread that answers goes on; what computes must still come to its end."""
    worker = compute(0.5)
    worker.join(PATIENCE)
    assert not worker.is_alive() and not answering.is_set()


def test_a_pause_ends_with_the_answer(answering: threading.Event) -> None:
    assert somebody_answers()
    answering.set()
    worker = compute(0.01)
    worker.join(PATIENCE)
    assert not worker.is_alive()
    for thread in threading.enumerate():
        if thread.name == "answers":
            thread.join(PATIENCE)
    assert not somebody_answers()


def test_one_that_waits_for_the_computing_does_not_hold_it_up() -> None:
    said: list[bool] = []

    def wait() -> None:
        said.append(somebody_answers())
        with resting():
            said.append(somebody_answers())
        said.append(somebody_answers())

    take_turns(lambda one: one.name == "waits")
    thread = threading.Thread(target=wait, name="waits")
    thread.start()
    thread.join()
    take_turns(None)
    assert said == [True, False, True]


def test_a_thread_that_does_not_compute_is_never_paused(answering: threading.Event) -> None:
    """It would stand still for as long as the other one answers, which is until the end of this test."""
    give_way()
    assert not answering.is_set()


def test_streamlit_still_calls_its_threads_so() -> None:
    assert f'name="{SCRIPT_THREAD}"' in inspect.getsource(ScriptRunner.start)
