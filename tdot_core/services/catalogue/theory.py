"""What ships for predictions by linear theory: the data's spectrum, and each shipped prior's first two moments along it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import read_json
from tdot_core.services.storage.paths import assets_root

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PriorMoments:
    """A prior along the data's principal components at t_train: its mean minus that of x_{t_train}, and its variance, (d,) each.

    name: of the shipped run; n: images measured; fingerprint: of the weights and settings that drew them.
    """

    name: str
    label: str
    key: str
    t_train: int
    n: int
    fingerprint: str
    mean_error: Float64
    variance: Float64


@dataclass(frozen=True)
class Theory:
    """The spectrum of a data set's training images as x0 in [-1, 1]: eigenvalues, largest first, and the mean along them, (d,)."""

    dataset: str
    dataset_id: str
    n: int
    eigenvalues: Float64
    mean: Float64
    priors: tuple[PriorMoments, ...]


def theory_path(dataset: str) -> Path:
    """Return where the arrays lie, or would; a JSON file of the same name beside them says where they come from."""
    return assets_root() / "theory" / f"{dataset}.npz"


def find_theory(dataset: str) -> Theory | None:
    """Return what ships for a data set, None when nothing does; raises TdotError when it is damaged."""
    path = theory_path(dataset)
    if not path.exists():
        return None
    return _read(path, path.stat().st_mtime_ns, dataset)


@lru_cache(maxsize=4)
def _read(path: Path, stamp: int, dataset: str) -> Theory:
    facts = read_json(path.with_suffix(".json"))
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _theory(dataset, facts, {name: arrays[name].astype(np.float64) for name in arrays.files})
    except (OSError, ValueError, TypeError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise TdotError(f"theory/{path.name} is damaged ({str(error)[:80]}). Restore it from the project.") from error


def _theory(dataset: str, facts: dict[str, Any], arrays: dict[str, Float64]) -> Theory:
    priors = tuple(
        PriorMoments(
            name,
            str(found["label"]),
            str(found["key"]),
            int(found["t_train"]),
            int(found["n"]),
            str(found["fingerprint"]),
            arrays[f"{name}/mean_error"],
            arrays[f"{name}/variance"],
        )
        for name, found in facts["priors"].items()
    )
    eigenvalues = arrays["eigenvalues"]
    if {array.shape for array in arrays.values()} != {eigenvalues.shape}:
        raise ValueError("arrays of different lengths")
    return Theory(dataset, str(facts["dataset_id"]), int(facts["n"]), eigenvalues, arrays["mean"], priors)
