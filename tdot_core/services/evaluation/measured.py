"""Values of metrics kept by content, so that one more metric costs one metric."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue
from tdot_core.services.files import read_json, write_json
from tdot_core.services.paths import cache_root, project_root


@cache
def code_digest() -> str:
    """Return a hash of the metrics' sources: a changed formula finds no earlier value."""
    digest = hashlib.sha256()
    for path in sorted((project_root() / "tdot_core" / "metrics").glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def value_path(real: str, fake: str, key: str) -> Path:
    """Return where the value of metric `key` on one set is kept; real, fake: hashes of the features compared."""
    name = hashlib.sha256(json.dumps([real, fake, key, code_digest()]).encode()).hexdigest()[:32]
    return cache_root() / "metrics" / name[:2] / f"{name}.json"


def kept_value(path: Path) -> MetricValue | None:
    """Return the value kept at path, None when there is none or it cannot be read."""
    try:
        found: dict[str, Any] = read_json(path)
        fields: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in found.items()}
        return MetricValue(**fields)
    except (TdotError, TypeError):
        return None


def keep_value(path: Path, value: MetricValue) -> None:
    """Keep a value; a disk that refuses costs the next evaluation time, not this one its result."""
    try:
        write_json(path, value.to_json())
    except (OSError, ValueError):
        return
