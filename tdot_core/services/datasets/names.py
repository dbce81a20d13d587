"""Names that data sets may have."""

from __future__ import annotations

import re

from tdot_core.errors import TdotError

DIGITS = "digits"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ID = re.compile(r"[0-9a-f]{16}")


def is_name(text: object) -> bool:
    """Tell whether text has the form of a name: 1 to 64 of a-z, 0-9, '.', '_', '-', a letter or digit first."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def is_id(text: object) -> bool:
    """Tell whether text has the form of an id: 16 lower-case hex digits."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def check_name(name: str) -> str:
    """Return name when a new data set may have it, else raise TdotError.

    `digits` is taken by the built-in data set, and 16 hex digits would be mistaken for an id.
    """
    if not is_name(name):
        shown = repr(str(name)[:80])
        raise TdotError(
            f"A data set's name has 1 to 64 of a-z, 0-9, '.', '_' and '-', a letter or digit first; found {shown}."
        )
    if name == DIGITS:
        raise TdotError("The name 'digits' belongs to the built-in data set. Choose another name.")
    if is_id(name):
        raise TdotError(f"The name {name!r} looks like an id (16 hex digits). Choose another name.")
    return name
