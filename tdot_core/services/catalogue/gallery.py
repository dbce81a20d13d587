"""The gallery: crops of photographs that may be passed on, to look at where no data set is here."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import read_json
from tdot_core.services.storage.paths import assets_root

Images = npt.NDArray[np.uint8]

GALLERY = "Photographs"
"""What lists of data sets call it; no data set can have this name, which begins with a capital."""

SIDE, COLUMNS = 32, 10


@dataclass(frozen=True)
class Photograph:
    """A photograph and its credit. file: where it lies in an installed Python package; sha256: of that file."""

    title: str
    by: str
    licence: str
    licence_url: str
    source: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Crop:
    """A square of a photograph, in its pixels from the upper left corner, and what it shows."""

    photograph: str
    shows: str
    x: int
    y: int
    side: int


@dataclass(frozen=True)
class Gallery:
    """All photographs by key, and the crops in the order in which they lie in the atlas."""

    photographs: dict[str, Photograph]
    crops: tuple[Crop, ...]

    def credits(self, crops: tuple[Crop, ...]) -> list[Photograph]:
        """Return the photographs of these crops, each once, in their order."""
        return [self.photographs[key] for key in dict.fromkeys(crop.photograph for crop in crops)]


def credits_path() -> Path:
    """Return where the list of photographs and crops lies, or would."""
    return assets_root() / "gallery" / "credits.json"


def atlas_path() -> Path:
    """Return where the crops lie, in rows of ten, or would."""
    return assets_root() / "gallery" / "photographs.png"


def has_gallery() -> bool:
    """Return whether the gallery ships with this installation."""
    return credits_path().is_file() and atlas_path().is_file()


def gallery() -> Gallery:
    """Return the photographs, their credits and the crops; raises TdotError when the file is missing or damaged."""
    path = credits_path()
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=2)
def _read(path: Path, stamp: int) -> Gallery:
    document = read_json(path)
    try:
        photographs = {key: Photograph(**_texts(found)) for key, found in document["photographs"].items()}
        crops = tuple(Crop(**found) for found in document["crops"])
        unknown = {crop.photograph for crop in crops} - set(photographs)
    except (KeyError, TypeError, AttributeError) as error:
        raise TdotError(f"gallery/credits.json is damaged ({str(error)[:80]}). Restore it from the project.") from error
    if unknown:
        raise TdotError(f"gallery/credits.json names no photograph {min(unknown)!r}. Restore it from the project.")
    return Gallery(photographs, crops)


def _texts(found: dict[str, Any]) -> dict[str, str]:
    return {field.name: str(found[field.name]) for field in fields(Photograph)}


def gallery_images() -> Images:
    """Return all crops, (n, 32, 32, 3) uint8; raises TdotError when the atlas is missing or too small."""
    n = len(gallery().crops)
    try:
        with Image.open(atlas_path(), formats=("PNG",)) as picture:
            atlas = np.asarray(picture.convert("RGB"))
        rows = atlas.reshape(-1, SIDE, COLUMNS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    except (OSError, ValueError) as error:
        raise TdotError("gallery/photographs.png cannot be read. Restore it from the project.") from error
    if len(rows) < n:
        raise TdotError(f"gallery/photographs.png holds {len(rows)} crops, expected {n}. Restore it from the project.")
    return rows[:n]
