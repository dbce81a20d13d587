"""What the worker asks of every kind of job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tdot_core.progress import Progress
from tdot_core.services.runs.store import Run


class Session(Protocol):
    """Do one run's work by iterating; `save(step)` between two records makes what is done so far last.

    notes: sentences for people about what happened on the way (a damaged checkpoint passed over, say).
    """

    notes: list[str]

    def __iter__(self) -> Iterator[Progress]: ...

    def save(self, step: int) -> None:
        """Make the work up to `step` last."""


def open_session(run: Run) -> Session:
    """Return the session that does a run's work, by its kind."""
    if run.kind == "evaluation":
        from tdot_core.services.evaluation.job import EvaluationSession

        return EvaluationSession(run)
    from tdot_core.services.training.session import TrainingSession

    return TrainingSession(run)
