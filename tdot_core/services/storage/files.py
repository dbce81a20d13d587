"""Writing files so that a reader never sees half of one, and reading JSON with clear errors."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call write(temporary) beside path, flush it to disk and rename it to path; on an error path is untouched.

    Where path is a link, what it leads to is written; a device or pipe, such as /dev/stdout, is written into.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        _write_into(path, write)
        return
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write_into(path: Path, write: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / f"whole{path.suffix}"
        write(temporary)
        with temporary.open("rb") as file, path.open("wb") as into:
            shutil.copyfileobj(file, into)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a rename inside survives a power cut; a disk that cannot is left alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def append_line(path: Path, text: str) -> None:
    """Append one line and flush it; half a line that a killed writer left is ended first. Raises OSError."""
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        torn = False
        if size:
            file.seek(size - 1)
            torn = file.read(1) != b"\n"
        file.write(b"\n" * torn + text.encode() + b"\n")


def write_text(path: Path, text: str) -> None:
    """Write text atomically in UTF-8."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write value as JSON atomically; NaN and infinity are refused (ValueError), since JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object; raises TdotError naming the file when it is missing, damaged or not an object."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TdotError(f"{path.name} is missing in {path.parent.name}.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise TdotError(f"{path.parent.name}/{path.name} cannot be read as JSON ({str(error)[:120]}).") from error
    if not isinstance(value, dict):
        raise TdotError(f"{path.parent.name}/{path.name} must hold a JSON object, found {type(value).__name__}.")
    return value
