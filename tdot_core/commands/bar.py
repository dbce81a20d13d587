"""Progress on stderr: one line that moves on a terminal, a line every tenth otherwise."""

from __future__ import annotations

import sys
import time

from tdot_core.progress import Progress

_WIDTH = 24
_REDRAW_SECONDS = 0.1


class Bar:
    """Show Progress records as they come; stdout is never touched. A new phase, or a step back, starts a new line."""

    def __init__(self) -> None:
        self._last: Progress | None = None
        self._drawn = 0.0
        self._open = False

    def __call__(self, progress: Progress) -> None:
        """Show one record."""
        fresh = self._last is None or progress.phase != self._last.phase or progress.step < self._last.step
        tenth_before = -1 if fresh or self._last is None else _tenth(self._last)
        self._last = progress
        if sys.stderr.isatty():
            self._draw(progress, fresh)
        elif _tenth(progress) > tenth_before:
            print(_words(progress), file=sys.stderr, flush=True)

    def close(self) -> None:
        """End an unfinished line, so that what follows on stderr starts on its own; may be called twice."""
        if self._open:
            print(file=sys.stderr, flush=True)
        self._last, self._open = None, False

    def _draw(self, progress: Progress, fresh: bool) -> None:
        done = progress.step >= progress.total
        if not (fresh or done) and time.monotonic() - self._drawn < _REDRAW_SECONDS:
            return
        self._drawn = time.monotonic()
        if fresh and self._open:
            print(file=sys.stderr)
        filled = round(_share(progress) * _WIDTH)
        line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {_words(progress)}"
        print(f"\r\033[K{line}", end="\n" if done else "", file=sys.stderr, flush=True)
        self._open = not done


def _share(progress: Progress) -> float:
    return min(progress.step / progress.total, 1.0) if progress.total > 0 else 1.0


def _tenth(progress: Progress) -> int:
    return int(10 * _share(progress))


def _words(progress: Progress) -> str:
    losses = "".join(f"  {name} {value:.4g}" for name, value in progress.losses.items())
    return f"{progress.phase} {_share(progress):4.0%}  {progress.step:,}/{progress.total:,}{losses}"


show = Bar()
