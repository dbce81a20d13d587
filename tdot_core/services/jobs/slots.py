"""The queue of jobs: one slot per device, first come, first served, held by an operating-system lock.

cache/queue/DEVICE holds a slot file, locked by the job at work, and a ticket file per waiting job, locked by it. A dead
process holds no lock: its slot is free and its ticket void, with nobody to tidy up after it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from tdot_core.services.storage.locks import held, locked, take
from tdot_core.services.storage.paths import cache_root

TICKET = re.compile(r"(\d{9})-.+\.ticket")


def slot_count() -> int:
    """Return how many jobs may work on one device at once: TDOT_SLOTS, else 1."""
    named = os.environ.get("TDOT_SLOTS", "")
    return int(named) if named.isdecimal() and 0 < int(named) < 100 else 1


class Ticket:
    """Stand in line for a device; `place()` until it is 0, then work, then `close()`. Raises OSError on a full disk.

    device: "cpu", "cuda", ...; name: whose ticket it is (a run id).
    """

    def __init__(self, device: str, name: str) -> None:
        self.folder = cache_root() / "queue" / re.sub(r"[^a-z0-9]+", "-", device)
        self._slot: BinaryIO | None = None
        with locked(self.folder / ".lock"):
            numbers = [int(path.name[:9]) for path in self._waiting()]
            self.path = self.folder / f"{max(numbers, default=0) + 1:09d}-{name}.ticket"
            self._ticket = take(self.path)

    def place(self) -> int:
        """Return 0 when the slot is this ticket's, else its place in line, 1 for the next."""
        if self._slot is None:
            with locked(self.folder / ".lock"):
                ahead = [path for path in self._waiting() if path.name < self.path.name]
                if ahead or not self._take_slot():
                    return len(ahead) + 1
        return 0

    def close(self) -> None:
        """Give back the slot, or leave the line; may be called twice."""
        self.path.unlink(missing_ok=True)
        for file in (self._slot, self._ticket):
            if file is not None:
                file.close()

    def _take_slot(self) -> bool:
        for k in range(slot_count()):
            self._slot = take(self.folder / f"slot-{k}.lock")
            if self._slot is not None:
                self.path.unlink(missing_ok=True)
                return True
        return False

    def _waiting(self) -> list[Path]:
        """Return the tickets of living processes in their order; those of dead ones are thrown away."""
        living = []
        for path in sorted(self.folder.glob("*.ticket")):
            if not TICKET.fullmatch(path.name):
                continue
            if held(path):
                living.append(path)
            else:
                path.unlink(missing_ok=True)
        return living
