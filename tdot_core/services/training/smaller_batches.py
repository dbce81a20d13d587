"""Training on when memory runs out: with half the images per step."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import read_json, write_json

FILE = "batch.json"
LEAST = 2
_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "cannot allocate memory")


def out_of_memory(error: BaseException) -> bool:
    """Return whether an exception means that memory ran out; torch says so in several ways."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError | OSError) and any(word in str(error).lower() for word in _WORDS)


def with_fitting_batch(folder: Path, config: Any) -> Any:
    """Return the config with the batch that an earlier attempt found to fit, or as it is. Raises TdotError for a damaged note."""
    if not (folder / FILE).exists():
        return config
    batch = read_json(folder / FILE).get("batch")
    if not isinstance(batch, int) or not LEAST <= batch <= getattr(config, "batch", 0):
        raise TdotError(
            f"{folder.name}/{FILE} gives a batch of {str(batch)[:20]!r}, which it cannot be. Delete that file."
        )
    return dataclasses.replace(config, batch=batch)


def halve_batch(folder: Path, config: Any) -> Any:
    """Return the config with half its batch and keep that for resumes; raises TdotError when there is nothing to halve."""
    batch = getattr(config, "batch", 0)
    if batch // 2 < LEAST:
        what = f"even with {batch} images per step" if batch else "and this training takes all images at once"
        raise TdotError(f"Memory ran out {what}. Close other programs, choose a smaller width, or another device.")
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    write_json(folder / FILE, {"batch": batch // 2, "asked": read_json(folder / "spec.json")["config"]["batch"]})
    return dataclasses.replace(config, batch=batch // 2)
