"""Small real collections of images, and an import that runs to its end."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tdot_core.progress import finish
from tdot_core.services.datasets import Dataset, import_images, load_dataset


def encode(pixels: np.ndarray, format: str = "PNG", **options: Any) -> bytes:
    """Return an image file's bytes for a uint8 or uint16 array."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def picture(seed: int, height: int = 32, width: int = 32) -> np.ndarray:
    """Return one random RGB picture, a function of its seed."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files by posix path below root."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write files as a zip, in the order given."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def run_import(source: Path, name: str = "mine", **options: Any) -> Dataset:
    """Import to the end and load the result."""
    return load_dataset(finish(import_images(source, name, **options)).id)


def visible(cache: Path) -> list[str]:
    """Return the data that a cache folder shows: everything but the lock file and empty folders."""
    return sorted(p.relative_to(cache).as_posix() for p in cache.rglob("*") if p.is_file() and p.name != ".lock")


def labelled_tree() -> dict[str, bytes]:
    """Return two classes with four training and two test pictures each, as files by path."""
    return {
        f"{split}/{label}/{i}.png": encode(picture(100 * k + 10 * s + i))
        for s, (split, n) in enumerate((("train", 4), ("test", 2)))
        for k, label in enumerate(("cat", "dog"))
        for i in range(n)
    }
