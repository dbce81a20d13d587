"""One step count over work of many kinds."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from tdot_core.progress import Progress

R = TypeVar("R")


class Meter:
    """Map the progress of one piece of work after another onto a single count from 0 to total that never falls."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self._phase = ""

    def skip(self, share: int) -> None:
        """Count `share` units as done."""
        self.done += share

    def now(self) -> Progress:
        """Return the count as it stands, in the phase of the last record."""
        return Progress(self.done, self.total, {}, self._phase)

    def track(self, name: str, share: int, work: Generator[Progress, None, R]) -> Generator[Progress, None, R]:
        """Yield the work's records scaled to `share` units, their phase after `name`, and return what it returns."""
        try:
            while True:
                try:
                    record = next(work)
                except StopIteration as stop:
                    self.skip(share)
                    result: R = stop.value
                    return result
                self._phase = f"{name}: {record.phase}"
                part = min(record.step / record.total, 1.0) if record.total > 0 else 0.0
                yield Progress(self.done + int(share * part), self.total, {}, self._phase)
        finally:
            work.close()
