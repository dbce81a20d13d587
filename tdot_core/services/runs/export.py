"""Runs as one zip file to take elsewhere."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run
from tdot_core.services.storage.files import write_atomically

LEFT_OUT = ("ckpt", "STOP", "worker.log", "start.lock", "work.lock", "status.json")


def export_runs(runs: Sequence[Run], out: Path) -> int:
    """Write spec, weights, losses, samples and card of each run to one zip, a folder per run; return its bytes.

    Checkpoints, logs and locks stay behind. Raises TdotError for another ending, or when the file cannot be written.
    """
    if out.suffix != ".zip":
        raise TdotError(f"--out must end in .zip, found {out.name!r}.")

    def write(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for run in runs:
                for path in _files(run):
                    archive.write(path, f"{run.id}/{path.relative_to(run.path).as_posix()}")

    try:
        write_atomically(out, write)
    except OSError as error:
        raise TdotError(
            f"{out.name} could not be written: {error.strerror}. Choose another folder or free space."
        ) from error
    return out.stat().st_size


def _files(run: Run) -> list[Path]:
    return [p for p in sorted(run.path.rglob("*")) if p.is_file() and not _left_out(p.relative_to(run.path))]


def _left_out(relative: Path) -> bool:
    return relative.parts[0] in LEFT_OUT or any(part.startswith(".") for part in relative.parts)
