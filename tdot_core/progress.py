"""The record that every long iterator yields."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Progress:
    """Report work done: step of total within a phase, and losses by name (floats) where training makes them."""

    step: int
    total: int
    losses: dict[str, float] = field(default_factory=dict)
    phase: str = "training"


def finish(work: Generator[Progress, None, R], report: Callable[[Progress], None] | None = None) -> R:
    """Run an iterator of Progress to its end, showing each record to `report`, and return its return value."""
    while True:
        try:
            record = next(work)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        if report is not None:
            report(record)
