"""Claims: one holder at a time among threads, processes and hosts, and what a dead one held is free again."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

from tdot_core.services.sweep import claims
from tdot_core.services.sweep.claims import claim


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds, time.time() - seconds))


def foreign(path: Path) -> Path:
    """A claim that another host made."""
    path.write_text(json.dumps({"host": "elsewhere", "space": "", "pid": 1, "ticks": ""}))
    return path


def test_a_claim_is_of_one_and_leaves_nothing(tmp_path: Path) -> None:
    with claim(tmp_path / "k") as mine, claim(tmp_path / "k") as second, claim(tmp_path / "other") as other:
        assert mine and not second and other
    assert not list(tmp_path.iterdir())
    with claim(tmp_path / "k") as again:
        assert again


def test_a_silent_claim_of_another_host_is_taken_over_and_a_beating_one_is_not(tmp_path: Path) -> None:
    left = foreign(tmp_path / "k-0")
    with claim(tmp_path / "k") as fresh:
        assert not fresh
    age(left, claims.STALE_SECONDS + 40)
    with claim(tmp_path / "k") as taken, claim(tmp_path / "k") as second:
        assert taken and not second
    assert not list(tmp_path.iterdir())


def test_a_claim_beats_while_it_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.01)
    with claim(tmp_path / "k"):
        age(tmp_path / "k-0", 1000)
        deadline = time.monotonic() + 600
        while time.time() - (tmp_path / "k-0").stat().st_mtime > 500 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert time.time() - (tmp_path / "k-0").stat().st_mtime < 500


def test_what_a_killed_process_of_this_machine_held_is_free_at_once(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tdot_core.services.sweep.claims import claim\n"
        "with claim(Path(sys.argv[1])) as mine: print(mine, flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "k")], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "True\n"
    with claim(tmp_path / "k") as mine:
        assert not mine
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with claim(tmp_path / "k") as mine:
        assert mine


def test_a_clock_that_is_wrong_takes_nothing_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign(tmp_path / "k-0")
    monkeypatch.setattr(time, "time", lambda: 4e9)
    with claim(tmp_path / "k") as mine:
        assert not mine


def _race(folder: str, rounds: int, barrier: object) -> None:
    for k in range(rounds):
        barrier.wait()  # type: ignore[attr-defined]
        with claim(Path(folder) / f"k{k}") as mine:
            if mine:
                (Path(folder) / f"won-{k}-{os.getpid()}").touch()
                barrier.wait()  # type: ignore[attr-defined]
            else:
                barrier.wait()  # type: ignore[attr-defined]


@pytest.mark.parametrize("links", [0, 1, 3])
def test_of_many_processes_that_see_a_stale_claim_one_gets_it(
    tmp_path: Path, links: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A spawned process runs the main module again, and streamlit's tester leaves a page in its place.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    rounds, count = 20, 4
    for k in range(rounds):
        for link in range(links):
            age(foreign(tmp_path / f"k{k}-{link}"), 1000)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(count)
    racers = [context.Process(target=_race, args=(str(tmp_path), rounds, barrier)) for _ in range(count)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert all(racer.exitcode == 0 for racer in racers)
    winners = sorted(path.name.split("-")[1] for path in tmp_path.glob("won-*"))
    assert winners == sorted(map(str, range(rounds)))
    assert not list(tmp_path.glob("k*"))


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with claim(tmp_path / "k") as mine:
                if mine:
                    with lock:
                        inside += 1
                        most = max(most, inside)
                    with lock:
                        inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
