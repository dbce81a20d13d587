"""Writing down how a run ended when its process could not."""

from __future__ import annotations

from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.runs.attempts import close_open
from tdot_core.services.runs.status import CRASHED, read_status, write_status
from tdot_core.services.storage.files import read_json


def settle(run_path: Path) -> None:
    """Write it down when a run's process is gone without a word: crashed, its attempt closed. Raises OSError."""
    try:
        on_disk = str(read_json(run_path / "status.json").get("state"))
    except TdotError:
        return
    status = read_status(run_path)
    if status.state in ("crashed", "stopped") and on_disk not in ("crashed", "stopped"):
        write_status(run_path, status)
        close_open(run_path, CRASHED)
