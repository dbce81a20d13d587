"""An operating-system lock per run, released by the kernel whatever happens to its holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run


@contextmanager
def run_lock(run: Run, name: str = "start") -> Iterator[None]:
    """Hold the run's named lock inside the block; raises TdotError when another process or thread holds it."""
    with (run.path / f"{name}.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TdotError(f"{run.id} is being used by another process; wait a moment and try again.") from error
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
