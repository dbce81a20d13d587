"""The file of weights inside a package of the Python registry, found without importing the package; no torch here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from tdot_core.errors import TdotError


def package_file(package: str) -> Path | None:
    """Return the one .pth file inside an installed package, None where it is not installed; the package is not imported."""
    spec = importlib.util.find_spec(package.replace("-", "_"))
    places = spec.submodule_search_locations if spec is not None else None
    return next((path for place in places or () for path in sorted(Path(place).rglob("*.pth"))), None)


def installed_file(package: str) -> Path:
    """Return `package_file`; raises TdotError when the package is not installed."""
    path = package_file(package)
    if path is None:
        raise TdotError(f"The package {package} is not installed. Install it: pip install {package}")
    return path
