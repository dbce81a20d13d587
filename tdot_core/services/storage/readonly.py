"""The mode for public demos: everything can be looked at and sampled, nothing trained, deleted or imported."""

from __future__ import annotations

import os

from tdot_core.errors import TdotError

SENTENCE = (
    "This is a read-only demo: nothing can be trained, evaluated, imported or deleted here. Install TDOT to do so."
)


def read_only() -> bool:
    """Return whether TDOT_READONLY asks for the mode: anything but nothing, 0, no and false."""
    return os.environ.get("TDOT_READONLY", "").strip().lower() not in ("", "0", "no", "false")


def refuse_when_read_only() -> None:
    """Raise TdotError in the read-only mode; called by every service that starts a job, imports or deletes."""
    if read_only():
        raise TdotError(SENTENCE)
