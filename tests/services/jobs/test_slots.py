"""The queue: one at a time, first come first served, and the dead stand in nobody's way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tdot_core.services.jobs.slots import Ticket


def test_first_come_first_served(cache: Path) -> None:
    first, second, third = (Ticket("cpu", name) for name in ("a", "b", "c"))
    assert [second.place(), first.place(), second.place(), third.place()] == [2, 0, 1, 2]
    first.close()
    assert [third.place(), second.place(), third.place()] == [2, 0, 1]
    second.close()
    assert third.place() == 0
    third.close()
    assert not list(cache.rglob("*.ticket"))


def test_devices_have_queues_of_their_own(cache: Path) -> None:
    assert [Ticket("cpu", "a").place(), Ticket("cuda", "b").place()] == [0, 0]


def test_more_slots_when_asked_for(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_SLOTS", "2")
    tickets = [Ticket("cpu", str(k)) for k in range(3)]
    assert [ticket.place() for ticket in tickets] == [0, 0, 1]
    for ticket in tickets:
        ticket.close()


@pytest.mark.parametrize("holds_slot", [True, False])
def test_the_dead_stand_in_nobodys_way(cache: Path, holds_slot: bool) -> None:
    code = "from tdot_core.services.jobs.slots import Ticket; t = Ticket('cpu', 'dead'); print({}, flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code.format("t.place()" if holds_slot else "1")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline()
    mine = Ticket("cpu", "mine")
    assert mine.place() == (1 if holds_slot else 2)
    process.kill()
    process.wait()
    assert mine.place() == 0
    mine.close()
