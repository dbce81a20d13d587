"""Deleting in two steps, so that it can be undone: out of sight at once, off the disk later.

What is deleted is renamed inside its folder to `.deleted-TIME-NAME`, which no listing shows.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.storage.paths import cache_root

NAME = re.compile(r"\.deleted-(\d+)-(.+)")
FORGOTTEN_SECONDS = 3600.0


def hide(path: Path) -> Path:
    """Rename a file or folder out of sight and return where it is now; all or nothing for whoever lists meanwhile.

    Raises TdotError when it is gone already or the disk refuses.
    """
    hidden = path.with_name(f".deleted-{int(time.time())}-{path.name}")
    for _ in range(1000):
        if not hidden.exists():
            break
        hidden = path.with_name(f".deleted-{int(hidden.name.split('-')[1]) + 1}-{path.name}")
    try:
        path.rename(hidden)
    except FileNotFoundError:
        raise TdotError(f"{path.name} is gone: it was deleted from elsewhere.") from None
    except OSError as error:
        raise TdotError(f"{path.name} cannot be deleted ({error.strerror}). Make the cache writable.") from error
    return hidden


def bring_back(hidden: Path) -> None:
    """Undo `hide`; raises TdotError when it is off the disk or its name is taken by now."""
    match = NAME.fullmatch(hidden.name)
    target = hidden.with_name(match[2]) if match else hidden
    if match is None or not hidden.exists():
        raise TdotError("It cannot be brought back: it is off the disk already.")
    if target.exists():
        raise TdotError(f"It cannot be brought back: there is another {target.name} by now.")
    hidden.rename(target)


def destroy(hidden: Path) -> None:
    """Take what `hide` put away off the disk; what cannot be removed now is tried again by `forgotten`'s user."""
    if NAME.fullmatch(hidden.name):
        if hidden.is_dir():
            shutil.rmtree(hidden, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                hidden.unlink(missing_ok=True)


def forgotten() -> list[Path]:
    """Return what was put away more than an hour ago and nobody took off the disk (a closed tab, a killed server)."""
    found = [*(cache_root() / "runs").glob(".deleted-*"), *(cache_root() / "datasets").glob("**/.deleted-*")]
    matched = [(path, NAME.fullmatch(path.name)) for path in found]
    return [path for path, match in matched if match and abs(time.time() - int(match[1])) > FORGOTTEN_SECONDS]
