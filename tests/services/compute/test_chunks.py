"""Chunks come in order, on lasting threads of one torch thread each, and an abandoned request leaves nothing at work."""

from __future__ import annotations

import os
import threading
import time

import pytest
import torch

from tdot_core.services.compute.chunks import run_chunks, worker_count


def test_results_come_in_order_whatever_finishes_first() -> None:
    def slow_when_even(k: int) -> int:
        time.sleep(0.02 if k % 2 == 0 else 0.0)
        return k

    assert list(run_chunks(slow_when_even, range(9))) == list(range(9))


@pytest.mark.parametrize("workers", [None, 1])
def test_no_chunks_and_one_chunk(workers: int | None) -> None:
    assert list(run_chunks(lambda k: k, [], workers=workers)) == []
    assert list(run_chunks(lambda k: k, [7], workers=workers)) == [7]


def test_each_chunk_has_one_torch_thread_and_the_caller_keeps_its_own() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert set(run_chunks(lambda _: torch.get_num_threads(), range(6))) == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_threads_last_from_one_request_to_the_next() -> None:
    first = set(run_chunks(lambda _: threading.get_ident(), range(8)))
    second = set(run_chunks(lambda _: threading.get_ident(), range(8)))
    assert len(first | second) <= worker_count()


def test_an_error_is_raised_in_its_place_and_later_chunks_are_dropped() -> None:
    begun: list[int] = []

    def fails_at_two(k: int) -> int:
        begun.append(k)
        if k == 2:
            raise ValueError("two")
        return k

    results = run_chunks(fails_at_two, range(100))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
    assert len(begun) <= 3 + worker_count()


def test_an_abandoned_request_leaves_nothing_at_work() -> None:
    at_work = threading.Semaphore(0)
    running: set[int] = set()

    def work(k: int) -> int:
        running.add(k)
        at_work.release()
        time.sleep(0.05)
        running.discard(k)
        return k

    results = run_chunks(work, range(50))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not running


class Tally:
    """Count how many calls are at work at once. most: the highest count."""

    def __init__(self) -> None:
        self._lock, self._now, self.most = threading.Lock(), 0, 0

    def __call__(self, _: int) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.01)
        with self._lock:
            self._now -= 1


def test_two_requests_share_the_workers() -> None:
    work = Tally()
    callers = [threading.Thread(target=lambda: list(run_chunks(work, range(10)))) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert work.most <= worker_count()


def test_fewer_workers_run_fewer_at_once() -> None:
    work = Tally()
    list(run_chunks(work, range(10), workers=1))
    assert work.most == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_has_threads_of_its_own() -> None:
    assert list(run_chunks(lambda k: k, range(3))) == [0, 1, 2]
    child = os.fork()
    if child == 0:
        os._exit(0 if list(run_chunks(lambda k: k, range(3))) == [0, 1, 2] else 1)
    deadline = time.monotonic() + 300
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child waits for threads that only its parent has")
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
