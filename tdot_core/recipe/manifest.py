"""assets/manifest.json: the hash of every shipped model, reference, table and picture, and a sanity number of every model and reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.recipe.sanity import sanity_numbers
from tdot_core.services.runs.checkpoints import sha256
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import assets_root

TOLERANCE = 0.01
PARTS = ("models/**/*", "references/**/*", "benchmark/**/*", "benchmark.csv", "gallery/*", "theory/*", "first-draw/*")


@dataclass(frozen=True)
class Check:
    """One thing that `verify` looked at. detail: what was found, in a few words."""

    name: str
    holds: bool
    detail: str


def manifest_path() -> Path:
    """Return where the manifest lies, or would."""
    return assets_root() / "manifest.json"


def _hashes() -> dict[str, str]:
    root = assets_root()
    files = sorted(path for part in PARTS for path in root.glob(part) if path.is_file())
    return {path.relative_to(root).as_posix(): sha256(path) for path in files if not path.name.startswith(".")}


def write_manifest() -> str:
    """Hash what ships and measure the sanity numbers; return "unchanged" or "written"."""
    document = {"files": _hashes(), "numbers": {name: float(f"{v:.6g}") for name, v in sanity_numbers()}}
    earlier = read_json(manifest_path()) if manifest_path().exists() else {}
    if earlier.get("files") == document["files"]:
        return "unchanged"
    write_json(manifest_path(), document)
    return "written"


def verify() -> list[Check]:
    """Compare every shipped file with its recorded hash and every sanity number with the recorded one, within 1 %.

    The numbers are computed anew by the networks, so that a file which is whole but misread shows too. Raises TdotError
    when there is no manifest.
    """
    document = read_json(manifest_path())
    return [*_file_checks(_table(document, "files")), *_number_checks(_table(document, "numbers"))]


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    if not isinstance(found, dict):
        raise TdotError(
            f"manifest.json holds no {name!r}; make it again: python -m tdot_core assets build --only manifest"
        )
    return found


def _file_checks(recorded: dict[str, Any]) -> list[Check]:
    found = _hashes()
    checks = []
    for name in sorted({*recorded, *found}):
        if name not in found:
            checks.append(Check(name, False, "is missing"))
        elif name not in recorded:
            checks.append(Check(name, False, "is not in the manifest"))
        else:
            same = found[name] == recorded[name]
            checks.append(Check(name, same, "whole" if same else "differs from its recorded hash"))
    return checks


def _number_checks(recorded: dict[str, Any]) -> list[Check]:
    found = dict(sanity_numbers())
    checks = []
    for name in sorted({*recorded, *found}):
        now, then = found.get(name), recorded.get(name)
        if now is None or not isinstance(then, int | float):
            checks.append(Check(name, False, "is recorded but was not measured" if now is None else "is not recorded"))
            continue
        holds = abs(now - then) <= TOLERANCE * abs(then)
        checks.append(Check(name, holds, f"{now:.6g}, recorded {then:.6g}"))
    return checks
