"""Values of metrics kept by content, so that one more metric costs one metric."""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import cache_root, project_root

HOLDS_FORMULAS = ("tdot_core.metrics.", "tdot_core.maths.")


@cache
def code_digest(module: str) -> str:
    """Return a hash of the sources that a module computes by: its own file and what that imports of metrics and maths.

    A changed formula finds no earlier value; another metric's file changes nothing.
    """
    digest = hashlib.sha256()
    for path in sorted(_sources(_file(module), {})):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _file(module: str) -> Path:
    return project_root() / f"{module.replace('.', '/')}.py"


def _sources(path: Path, found: dict[Path, None]) -> dict[Path, None]:
    """Add a file and, one after another, the formulas' files that it imports anywhere."""
    if path in found or not path.is_file():
        return found
    found[path] = None
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [f"{node.module}.{a.name}" for a in node.names] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            for module in (name, name.rpartition(".")[0]):
                if module.startswith(HOLDS_FORMULAS):
                    _sources(_file(module), found)
    return found


def value_path(real: str, fake: str, key: str, module: str = "") -> Path:
    """Return where the value of `key` on one set is kept; real, fake: hashes of what is compared.

    module: what computes it; the metric's own without one.
    """
    digest = code_digest(module or registered.get(key).__module__)
    name = hashlib.sha256(json.dumps([real, fake, key, digest]).encode()).hexdigest()[:32]
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
