"""Why a file cannot be read, in a few words."""

from __future__ import annotations


def reason(error: BaseException) -> str:
    """Return what an error says as one line of at most 80 characters, its kind when it says nothing."""
    return " ".join(str(error).split())[:80] or type(error).__name__
