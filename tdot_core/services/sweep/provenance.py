"""Where and by what a node was done, kept with its record."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from tdot_core.services.runs.process import host_name
from tdot_core.services.storage.version import code_version

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")


@cache
def _program() -> dict[str, str]:
    return {
        "code_version": code_version(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def provenance() -> dict[str, Any]:
    """Return host, time and versions of the program and of what it computes with, as plain values by column name."""
    return {"host": host_name(), "finished": datetime.now(UTC).isoformat(timespec="seconds"), **_program()}
