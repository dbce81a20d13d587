"""Priors by key: one file each; a new file here appears in forms, screens and contract tests."""

from __future__ import annotations

from tdot_core.priors.base import Prior
from tdot_core.registry import Registry

priors: Registry[Prior] = Registry(__name__, Prior, "prior")  # type: ignore[type-abstract]
