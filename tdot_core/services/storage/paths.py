"""Where things live, and which paths may be read or written at all."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from tdot_core.errors import TdotError


@cache
def project_root() -> Path:
    """Return the folder that holds app.py."""
    return Path(__file__).resolve().parents[3]


def cache_root() -> Path:
    """Return the folder for data sets, runs and features: TDOT_CACHE, else cache/ in the project."""
    return Path(os.environ.get("TDOT_CACHE") or project_root() / "cache").expanduser().resolve()


def assets_root() -> Path:
    """Return the folder of shipped models and statistics: TDOT_ASSETS, else assets/ in the project."""
    return Path(os.environ.get("TDOT_ASSETS") or project_root() / "assets").expanduser().resolve()


def allowed_roots() -> list[Path]:
    """Return the folders that screens may read from: the project, the cache, assets, and those in TDOT_ROOTS.

    TDOT_ROOTS is a list of folders separated as in PATH; unset, the home folder and the working directory count.
    """
    extra = os.environ.get("TDOT_ROOTS")
    named = [Path(p) for p in extra.split(os.pathsep) if p] if extra is not None else [Path.home(), Path.cwd()]
    return [p.expanduser().resolve() for p in (project_root(), cache_root(), assets_root(), *named)]


def inside_roots(path: str | Path) -> Path:
    """Return path resolved (links followed) when it lies under an allowed root, else raise TdotError."""
    try:
        resolved = Path(path).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise TdotError(f"This is not a usable path: {str(path)[:80]!r} ({error}).") from error
    if not any(resolved.is_relative_to(root) for root in allowed_roots()):
        raise TdotError(
            f"{str(resolved)[:200]} lies outside the allowed folders. Add its folder to TDOT_ROOTS, or move it."
        )
    return resolved
