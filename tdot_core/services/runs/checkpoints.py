"""Checkpoints that are verified before they replace the one before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.services.runs.status import RESERVE
from tdot_core.services.storage.files import read_json, write_atomically, write_json

KEPT = 2
NAME = re.compile(r"step-(\d{9})\.safetensors")


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_tensors(path: Path, *expected: str) -> dict[str, Tensor]:
    """Read a safetensors file; raises TdotError when it is missing, truncated, damaged, or its hash none of `expected`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TdotError(f"{path.parent.name}/{path.name} cannot be read: {error.strerror}.") from error
    if expected and hashlib.sha256(data).hexdigest() not in expected:
        raise TdotError(f"{path.parent.name}/{path.name} is damaged: its content does not match its recorded hash.")
    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise TdotError(
            f"{path.parent.name}/{path.name} is not a whole safetensors file ({str(error)[:100]}); "
            "it may be truncated. Use another checkpoint or train again."
        ) from error


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> str:
    """Write tensors atomically, read the file back and return its hash; raises TdotError when the disk refuses."""
    try:
        content = save({name: tensor.contiguous() for name, tensor in tensors.items()})
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
    except (OSError, SafetensorError) as error:
        raise TdotError(
            f"{path.parent.name}/{path.name} could not be written ({_reason(error)}); what was saved before is kept. "
            "Free disk space and resume."
        ) from error
    return sha256(path)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)[:100]


def save_checkpoint(folder: Path, step: int, state: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> None:
    """Write ckpt/step-N.safetensors and weights.safetensors, verify them, then drop all but the last two checkpoints."""
    path = folder / "ckpt" / f"step-{step:09d}.safetensors"
    digest = write_tensors(path, state)
    read_tensors(path, digest)
    write_json(path.with_suffix(".json"), {"step": step, "sha256": digest})
    replace_weights(folder, step, weights)
    for old in checkpoints(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
        old.with_suffix(".json").unlink(missing_ok=True)


def replace_weights(folder: Path, step: int, weights: Mapping[str, Tensor]) -> None:
    """Write a run's weights and their record, so that at every moment the pair on disk can be read."""
    record, path = folder / "weights.json", folder / "weights.safetensors"
    fresh = folder / "ckpt" / "weights-next.safetensors"
    digest = write_tensors(fresh, weights)
    # The record names the old hash too, so that a kill between the two renames leaves a readable pair.
    previous = sha256(path) if path.exists() else None
    write_json(record, {"step": step, "sha256": digest, "previous_sha256": previous})
    fresh.replace(path)


def weights_step(folder: Path) -> int:
    """Return the step that a run's weights are of, -1 when there are none or their record does not say."""
    try:
        step = read_json(folder / "weights.json").get("step")
        digests = [read_json(folder / "weights.json").get("sha256"), sha256(folder / "weights.safetensors")]
    except (OSError, TdotError):
        return -1
    return step if isinstance(step, int) and digests[0] == digests[1] else -1


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoint files of a run, oldest first."""
    ckpt = folder / "ckpt"
    return sorted(p for p in ckpt.iterdir() if NAME.fullmatch(p.name)) if ckpt.is_dir() else []


def load_latest(folder: Path) -> tuple[dict[str, Tensor] | None, list[str]]:
    """Return the newest usable checkpoint (None when there is none) and a sentence for each damaged one passed over."""
    passed_over: list[str] = []
    for path in reversed(checkpoints(folder)):
        if not path.with_suffix(".json").exists():
            continue  # its writer was killed before it was whole: the one before counts
        try:
            return read_tensors(path, str(read_json(path.with_suffix(".json")).get("sha256"))), passed_over
        except TdotError as error:
            passed_over.append(str(error))
    return None, passed_over


def load_weights(folder: Path) -> dict[str, Tensor]:
    """Read a run's weights, checked against their recorded hash when there is one."""
    path = folder / "weights.safetensors"
    if not path.exists():
        raise TdotError(f"{folder.name} has no weights yet: let it train to its first checkpoint.")
    record = folder / "weights.json"
    known = read_json(record) if record.exists() else {}
    return read_tensors(path, *(str(known[k]) for k in ("sha256", "previous_sha256") if known.get(k)))


def stale_temporaries(folder: Path) -> list[Path]:
    """Return what a killed writer left in a run's folders: hidden files, and a checkpoint that has no record yet."""
    hidden = [path for place in (folder, folder / "ckpt", folder / "samples") for path in sorted(place.glob(".*"))]
    left = [path for path in hidden if path.is_file() and path.name != RESERVE]
    unfinished = [path for path in checkpoints(folder) if not path.with_suffix(".json").exists()]
    next_weights = folder / "ckpt" / "weights-next.safetensors"
    return [*left, *unfinished, *([next_weights] if next_weights.exists() else [])]


def remove_stale_temporaries(folder: Path) -> None:
    """Delete what a killed writer left half done; only for whoever works on the run."""
    for path in stale_temporaries(folder):
        path.unlink(missing_ok=True)
