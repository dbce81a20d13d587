"""The file of a shipped reference: statistics of a whole training split and a float16 sample of its features.

An npz with `meta` (JSON), `mean` (d,) float64, `cov` (the lower triangle, float32), `sample` (2, d, k), `rows` (k,),
`labels` (k,) where there are any and `probe` (p, d) float32. `sample` holds the high and the low bytes of the float16
features apart, because the high ones repeat: the file is a fifth smaller.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import Statistics
from tdot_core.services.features.kept_neighbours import kept_neighbours
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.paths import assets_root

PROBES = 16
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True)
class ReferenceInfo:
    """Describe a shipped reference.

    n: images behind the statistics; sample: rows of features kept; width: features per image; fingerprint: SHA-256 of the
    extractor's weights; dataset_id: the data set in its order; train_set: its training images in any order.
    """

    dataset: str
    extractor: str
    layer: str
    n: int
    sample: int
    width: int
    fingerprint: str
    dataset_id: str
    train_set: str
    classes: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Return where the file belongs under assets/references."""
        return references_dir() / self.dataset / f"{self.extractor}-{self.layer}-{self.fingerprint[:12]}.npz"


@dataclass(frozen=True, eq=False)
class ReferenceFile:
    """Hold the content of a shipped reference.

    rows (k,): positions of the sample in the training split it was made from; labels (k,) or None; probe (p, d): the
    extractor's features of `probe_images()`, by which another weights file of the same network is recognised.
    """

    info: ReferenceInfo
    features: Features
    rows: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    probe: NDArray[np.float32]


def references_dir() -> Path:
    """Return the folder of shipped references."""
    return assets_root() / "references"


def probe_images() -> NDArray[np.uint8]:
    """Return 16 fixed images (16, 32, 32, 3): colour noise in squares of 8, 4, 2 and 1 pixels."""
    random = np.random.RandomState(0)
    coarse = {side: random.randint(0, 256, (4, 32 // side, 32 // side, 3)) for side in (8, 4, 2, 1)}
    return np.concatenate([c.repeat(side, 1).repeat(side, 2) for side, c in coarse.items()]).astype(np.uint8)


def write_reference_file(reference: ReferenceFile) -> Path:
    """Write a reference and return where; raises TdotError when a feature overflows float16 or the disk refuses."""
    info, statistics = reference.info, reference.features.statistics
    with np.errstate(over="ignore"):
        half = reference.features.array.astype(np.float16)
    if not np.isfinite(half).all():
        raise TdotError(f"Features of {info.extractor} {info.layer} exceed float16 (65504) and cannot be shipped.")
    halves = half.T.copy().view(np.uint16)
    arrays: dict[str, NDArray[Any]] = {
        "meta": np.frombuffer(json.dumps(asdict(info)).encode(), np.uint8),
        "mean": statistics.mean_f,
        "cov": statistics.cov_f[np.tril_indices(info.width)].astype(np.float32),
        "sample": np.stack([halves >> 8, halves & 0xFF]).astype(np.uint8),
        "rows": reference.rows.astype(np.int32),
        "probe": reference.probe,
    }
    if reference.labels is not None:
        arrays["labels"] = reference.labels.astype(np.int32)

    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    try:
        write_atomically(info.path, save)
    except OSError as error:
        raise TdotError(f"The reference could not be written to {info.path.parent.name}: {error.strerror}.") from error
    return info.path


def read_info(path: Path) -> ReferenceInfo:
    """Read what a reference file says it is; raises TdotError when it is damaged."""
    try:
        # Opened here, because numpy leaves a damaged file open.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            return _info(file["meta"])
    except _UNREADABLE as error:
        raise damaged(path, str(error)) from error


def read_reference_file(path: Path) -> ReferenceFile:
    """Read a reference and check its shapes and values; raises TdotError when it is missing or damaged."""
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            return _checked({name: file[name] for name in file.files})
    except TdotError as error:
        raise damaged(path, str(error)) from error
    except _UNREADABLE as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> TdotError:
    """Build the error for a reference file that cannot be used."""
    return TdotError(
        f"The shipped reference {path.parent.name}/{path.name} is missing or damaged ({why[:120]}). "
        "Get the file again, or make it: python -m tdot_core assets reference."
    )


def _info(meta: NDArray[Any]) -> ReferenceInfo:
    values = json.loads(meta.tobytes().decode())
    info = ReferenceInfo(**{**values, "classes": tuple(values["classes"])})
    texts = (info.dataset, info.extractor, info.layer, info.fingerprint, info.dataset_id, info.train_set, *info.classes)
    numbers = (info.n, info.sample, info.width)
    if not all(isinstance(text, str) for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError("its description has fields of a wrong type")
    return info


def _checked(arrays: dict[str, NDArray[Any]]) -> ReferenceFile:
    info = _info(arrays["meta"])
    d, k = info.width, info.sample
    shapes = {"mean": (d,), "cov": (d * (d + 1) // 2,), "sample": (2, d, k), "rows": (k,), "probe": (PROBES, d)}
    for name, shape in {**shapes, **({"labels": (k,)} if "labels" in arrays else {})}.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} should be {shape}, found {arrays[name].shape}")
    cov_f = np.zeros((d, d))
    cov_f[np.tril_indices(d)] = arrays["cov"]
    statistics = Statistics(arrays["mean"], cov_f + np.tril(cov_f, -1).T, info.n)
    high, low = arrays["sample"].astype(np.uint16)
    sample = np.ascontiguousarray((high << 8 | low).view(np.float16).T).astype(np.float32)
    rows, labels = arrays["rows"].astype(np.int64), arrays.get("labels")
    if k and not 0 <= rows.min() <= rows.max() < info.n:
        raise ValueError(f"rows should lie in 0..{info.n - 1}")
    if labels is not None and k and not 0 <= labels.min() <= labels.max() < len(info.classes):
        raise ValueError(f"labels should lie in 0..{len(info.classes) - 1}")
    features = Features(sample, statistics, f"{info.extractor} {info.layer}", kept_neighbours)
    return ReferenceFile(info, features, rows, None if labels is None else labels.astype(np.int64), arrays["probe"])
