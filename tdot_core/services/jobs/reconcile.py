"""Making the disk true after whatever happened while nobody looked."""

from __future__ import annotations

import contextlib

from tdot_core.services.runs.settling import settle
from tdot_core.services.runs.store import list_runs
from tdot_core.services.storage.readonly import read_only
from tdot_core.services.storage.trash import destroy, forgotten


def reconcile() -> None:
    """Write down which runs ended without a word, and take off the disk what was deleted; for the start of a server.

    A cache that cannot be written is left as it is.
    """
    if read_only():
        return
    for run in list_runs():
        if not run.shipped:
            with contextlib.suppress(OSError):
                settle(run.path)
    for path in forgotten():
        destroy(path)
