"""Generated images as one file: npz for programs, a PNG sheet for people."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.services.sampling.generate import SampleChunk, SampleSettings
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior
from tdot_core.services.sampling.sheets import save_sheet
from tdot_core.services.storage.files import write_atomically

SHEET_SCALE = 4


def sample_spec(priors: Sequence[LoadedPrior], net: LoadedNet, settings: SampleSettings) -> dict[str, Any]:
    """Return all that the images depend on as plain values: no batch size, time, date or path."""
    drawn = [{"key": p.key, "t_train": p.t_train, "fingerprint": p.fingerprint} for p in priors]
    denoiser = {"fingerprint": net.fingerprint, "schedule": net.schedule.name, "T": net.schedule.T}
    return {"priors": drawn, "net": denoiser, **settings.document()}


def sample_archive(chunks: Iterable[SampleChunk], spec: dict[str, Any]) -> bytes:
    """Return an npz as bytes: images (n, 32, 32, 3) uint8, seeds (n,) int64, spec (JSON text), equal input giving equal bytes.

    With several priors the images follow each other prior by prior, and `prior` (n,) names each one's key or run.
    """
    chunks = list(chunks)
    arrays = {
        "images": np.concatenate([c.images for c in chunks]),
        "seeds": np.array([seed for c in chunks for seed in c.seeds], dtype=np.int64),
        "spec": np.array(json.dumps(spec, sort_keys=True)),
    }
    if len(spec["priors"]) > 1:
        arrays["prior"] = np.array([c.prior for c in chunks for _ in c.seeds])
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def write_samples(path: Path, chunks: Sequence[SampleChunk], spec: dict[str, Any]) -> None:
    """Write chunks to path by its ending, .npz or .png (one row of images per prior when there are several).

    Raises TdotError for another ending, or a folder that cannot be written.
    """
    check_output(path)
    try:
        if path.suffix == ".npz":
            write_atomically(path, lambda temporary: temporary.write_bytes(sample_archive(chunks, spec)))
        else:
            images = np.concatenate([c.images for c in chunks])
            columns = spec["n"] if len(spec["priors"]) > 1 else None
            write_atomically(path, lambda temporary: save_sheet(images, temporary, columns, SHEET_SCALE))
    except OSError as error:
        raise TdotError(
            f"{path.name} could not be written: {error.strerror}. Choose another folder or free space."
        ) from error


def check_output(path: Path) -> None:
    """Raise TdotError now when `write_samples` could not write path later."""
    if path.suffix not in (".npz", ".png"):
        raise TdotError(f"--out must end in .npz (arrays) or .png (a sheet), found {path.name!r}.")
    if not path.resolve().parent.is_dir():
        raise TdotError(f"The folder of --out does not exist: {path.parent}. Create it first.")
