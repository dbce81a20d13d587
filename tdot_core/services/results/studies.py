"""The shipped results of studies; no torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tdot_core.services.storage.files import read_json
from tdot_core.services.storage.paths import assets_root

Document = dict[str, Any]


def study_path(name: str) -> Path:
    """Return where the shipped result of a study lies, or would."""
    return assets_root() / "benchmark" / f"{name}.json"


def read_study(name: str) -> Document | None:
    """Return the shipped result of a study, or None when there is none; raises TdotError when its file is damaged."""
    return read_json(study_path(name)) if study_path(name).exists() else None
