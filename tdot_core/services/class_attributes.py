"""Reading what classes say about themselves from their source, so that a screen can list them without importing torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClassFacts:
    """One class: its name, the names of its bases, and the class attributes that are plain values."""

    name: str
    bases: tuple[str, ...]
    own: dict[str, Any] = field(default_factory=dict)


def read_classes(folder: Path) -> dict[str, ClassFacts]:
    """Return the top-level classes of the Python files in folder by name; nothing is executed or imported."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8"), filename=path.name).body:
            if isinstance(node, ast.ClassDef):
                bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
                found[node.name] = ClassFacts(node.name, bases, dict(_constants(node)))
    return found


def _constants(node: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                try:
                    yield target.id, ast.literal_eval(value)
                except ValueError:
                    continue  # a computed attribute, such as Config = VaeConfig


def attribute(classes: dict[str, ClassFacts], name: str, attribute_name: str, default: Any = None) -> Any:
    """Return a class attribute as Python would find it: the class's own, else its bases', left to right; else default."""
    facts = classes.get(name)
    if facts is None:
        return default
    if attribute_name in facts.own:
        return facts.own[attribute_name]
    missing = object()
    inherited = (attribute(classes, base, attribute_name, missing) for base in facts.bases)
    return next((value for value in inherited if value is not missing), default)
