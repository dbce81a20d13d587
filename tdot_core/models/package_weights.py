"""Weights that lie inside a package of the Python registry: found without running it, kept as a copy of tensors only."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.models.package_file import installed_file


def package_weights(package: str, store: Path) -> tuple[dict[str, Tensor], str]:
    """Return the tensors of a package's file and the file's SHA-256, through a safetensors copy in store, made if need be.

    The file is read with weights_only=True, so nothing in it runs. Raises TdotError when the package is not installed, or its
    file holds anything but tensors.
    """
    path = installed_file(package)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    copy = store / f"{package}-{digest}.safetensors"
    if not copy.exists():
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=store) as folder:
            fresh = Path(folder) / copy.name
            save_file({name: t.contiguous() for name, t in _tensors(path).items()}, fresh)
            fresh.replace(copy)
    return load_file(copy), digest


def _tensors(path: Path) -> Mapping[str, Tensor]:
    try:
        state = torch.load(path, "cpu", weights_only=True)
    except Exception as error:  # A damaged or hostile file can fail anywhere in the parsers.
        raise TdotError(
            f"{path.name} is refused: it cannot be read as a plain file of tensors ({str(error)[:100]}). Nothing was run."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise TdotError(f"{path.name} holds no state dict of tensors; install its package again.")
    return state
