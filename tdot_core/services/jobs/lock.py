"""An operating-system lock per run, so that one process at a time starts it or works on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.locks import take


@contextmanager
def run_lock(run: Run, name: str = "start") -> Iterator[None]:
    """Hold the run's named lock inside the block; raises TdotError when another process or thread holds it, or it is gone."""
    try:
        file = take(run.path / f"{name}.lock") if run.path.is_dir() else None
    except OSError as error:
        raise TdotError(
            f"{run.id} cannot be locked ({error.strerror}). Free space, or make the cache writable."
        ) from error
    if file is None:
        gone = f"{run.id} is gone: it was deleted from elsewhere."
        used = f"{run.id} is being used by another process; wait a moment and try again."
        raise TdotError(used if run.path.is_dir() else gone)
    with file:
        yield
