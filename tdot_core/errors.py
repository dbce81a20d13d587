"""The one exception that people see: what was expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable


class TdotError(Exception):
    """Report a mistake that the user can mend; the command line prints it and exits with code 2."""


def unknown_name(kind: str, name: object, known: Iterable[str], hint: str = "") -> TdotError:
    """Build the error for a look-up that failed; it lists what exists.

    kind: what was looked up ("prior", "data set"); name: what the user gave; known: the valid names.
    """
    listed = ", ".join(sorted(known)) or "none yet"
    shown = str(name)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return TdotError(f"Unknown {kind} {shown!r}. Known: {listed}.{' ' + hint if hint else ''}")
