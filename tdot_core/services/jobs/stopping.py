"""Noticing that somebody wants a job to stop."""

from __future__ import annotations

import contextlib
import signal
import threading
from types import FrameType
from typing import Any

from tdot_core.services.runs.store import Run


class StopRequest:
    """Notice a wish to stop: the STOP file, SIGTERM, or SIGINT (signals only in a process's main thread)."""

    def __init__(self, run: Run) -> None:
        self.file, self.signalled = run.path / "STOP", False
        self._before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGTERM, signal.SIGINT)}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signalled = True

    def made(self) -> bool:
        """Return whether a wish was made."""
        return self.signalled or self.file.exists()

    def close(self) -> None:
        """Give the signals back and take the wish as heard."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
