"""Watching a process for what must never happen while it reads hostile input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
RUNS_CODE = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "subprocess.Popen",
    "pickle.find_class",
    "ctypes.dlopen",
)
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree")


class Canary:
    """Note, by Python's audit events, code that is run and files that are written outside the allowed folders.

    file: what a hostile payload would write; its absence in the end is the proof.
    """

    def __init__(self, folder: Path, allowed: list[Path]) -> None:
        self.file = folder / "canary-is-dead"
        self.allowed = [str(path.resolve()) for path in allowed]
        self.on, self.found = False, list[str]()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "ctypes.dlopen" and "site-packages" in str(args[0]):
            return  # a library of ours is imported
        if event in RUNS_CODE:
            self._note(f"{event} {str(args)[:200]}")
        elif event == "open":
            path, mode, flags = args
            writing = bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool((flags or 0) & WRITE)
            if writing and not isinstance(path, int):
                self._check(event, path)
        elif event in CHANGES and not (isinstance(args[-1], int) and args[-1] >= 0 and event != "os.truncate"):
            # With a folder's handle the name is relative to it: shutil.rmtree, whose own event has the whole path.
            for path in args[:2] if event in ("os.rename", "os.link", "os.symlink") else args[:1]:
                self._check(event, path)

    def _check(self, event: str, path: Any) -> None:
        try:
            place = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):
            return
        if not any(place == root or place.startswith(root + os.sep) for root in self.allowed) and place != os.devnull:
            self._note(f"{event} {place[:200]}")

    def _note(self, text: str) -> None:
        if len(self.found) < 50:
            self.found.append(text)

    @property
    def alive(self) -> bool:
        """Return whether no payload ran and nothing was touched outside."""
        return not self.found and not self.file.exists()


class Payload:
    """An object whose unpickling would write the canary's file."""

    def __init__(self, file: Path) -> None:
        self.file = str(file)

    def __reduce__(self) -> Any:
        return (eval, (f"open({self.file!r}, 'w').write('dead')",))
