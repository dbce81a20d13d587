"""The real side of a comparison: features of a training split, from the imported data set or shipped with TDOT."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors import own_resize
from tdot_core.progress import Progress
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.datasets.identity import image_digest
from tdot_core.services.datasets.names import DIGITS
from tdot_core.services.datasets.records import record_of
from tdot_core.services.features.kept_neighbours import kept_neighbours
from tdot_core.services.features.reference_files import (
    ReferenceFile,
    ReferenceInfo,
    probe_images,
    read_info,
    read_reference_file,
    references_dir,
    write_reference_file,
)

# Extraction imports torch, so it is imported where it happens: screens list references without it.
SAMPLE = 10_000
SAME_NETWORK = 1e-3

__all__ = ["Reference", "ReferenceInfo", "reference", "references", "shipped_references", "write_references"]


@dataclass(frozen=True, eq=False)
class Reference:
    """Hold the real features of one data set's training split.

    features: statistics of the whole split and an array (k, d) of at most 10,000 rows; rows (k,): the position of each
    in the split; labels (k,) or None; dataset: its name; n: images behind the statistics; shipped: read from assets, so
    that the images themselves need not be there; size: width and height of the images, "" where nobody said; note: what a
    reader of a number against it must know.
    """

    features: Features
    rows: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    dataset: str
    n: int
    shipped: bool
    size: str = "32x32"
    note: str = ""


def sample_rows(images: NDArray[np.uint8], k: int = SAMPLE) -> NDArray[np.int64]:
    """Return the positions of k images (all when there are fewer), in the order of the SHA-256 of their pixels.

    A fixed sample without preference that depends on no seed and not on the order of the images, so that one collection
    imported from two sources gives the same rows of features.
    """
    digests = np.array([image_digest(image) for image in images], dtype="S32")
    return np.argsort(digests, kind="stable")[:k].astype(np.int64)


def shipped_references() -> list[ReferenceInfo]:
    """Describe the shipped references by data set, extractor and layer; damaged files are left out."""
    return sorted((info for _, info in _readable()[0]), key=lambda i: (i.dataset, i.extractor, len(i.layer), i.layer))


def _readable() -> tuple[list[tuple[Path, ReferenceInfo]], list[tuple[Path, TdotError]]]:
    found: list[tuple[Path, ReferenceInfo]] = []
    failed: list[tuple[Path, TdotError]] = []
    for path in sorted(references_dir().glob("*/*.npz")):
        try:
            found.append((path, read_info(path)))
        except TdotError as error:
            failed.append((path, error))
    return found, failed


def reference(dataset: str, extractor: Extractor, layer: str) -> Generator[Progress, None, Reference]:
    """Return the reference of a data set (name or id) in one feature space; yields the extraction's progress.

    It is the shipped one when that was made by this network from these images, or when the data set is not imported and
    the shipped one has its name; else the imported images are extracted (and kept in the cache). Both agree to float16
    rounding. Raises TdotError for an unknown layer, or when there is neither the data set nor a fitting reference.
    """
    extractor.check([layer])
    data = load_dataset(dataset) if dataset == DIGITS or record_of(dataset) is not None else None
    shipped = _shipped(dataset, data, extractor, layer)
    if shipped is not None:
        info = shipped.info
        if data is None or data.info.id == info.dataset_id:
            rows, labels = shipped.rows, shipped.labels
        else:
            rows = sample_rows(data.images("train"))
            labels = _labels(data, rows)
        name = info.dataset if data is None else data.info.name
        classes = info.classes if data is None else data.info.classes
        return Reference(shipped.features, rows, labels, classes, name, info.n, True)
    if data is None:
        raise _neither(dataset, extractor, layer)
    return (yield from _extracted(data, extractor, layer))


def references(
    dataset: str, extractor: Extractor, layers: Sequence[str]
) -> Generator[Progress, None, dict[str, Reference]]:
    """Return the reference in several layers, as `reference` does; layers to extract come from one forward."""
    extractor.check(layers)
    if len(layers) > 1 and (dataset == DIGITS or record_of(dataset) is not None):
        from tdot_core.services.features.extract import extract

        data = load_dataset(dataset)
        missing = [layer for layer in layers if _shipped(dataset, data, extractor, layer) is None]
        if missing:
            yield from extract(data.images("train"), extractor, missing)
    found = {}
    for layer in layers:
        found[layer] = yield from reference(dataset, extractor, layer)
    return found


def _shipped(dataset: str, data: Dataset | None, extractor: Extractor, layer: str) -> ReferenceFile | None:
    if extractor.resize != own_resize(extractor.key):
        return None  # Close enough for the probe to take it for the same network, and yet another distance.
    for path, info in _readable()[0]:
        named = dataset in (info.dataset, info.dataset_id)
        same_images = named if data is None else info.train_set != "" and info.train_set == data.info.train_set
        if not same_images or (info.extractor, info.layer) != (extractor.key, layer):
            continue
        try:
            file = read_reference_file(path)
        except TdotError:
            if data is None:
                raise
            continue  # The images are here, so a damaged file costs only time.
        if info.fingerprint == extractor.fingerprint or _same_network(file, extractor):
            return file
    return None


def _same_network(file: ReferenceFile, extractor: Extractor) -> bool:
    """Tell whether the extractor gives the features behind a file though its weights file is another one.

    One network comes in files that differ (another container, batch norm folded in): its answer on fixed images counts.
    """
    layer = file.info.layer
    if extractor.widths[layer] != file.info.width:
        return False
    found = extractor(probe_images(), [layer])[layer]
    return bool(np.linalg.norm(found - file.probe) <= SAME_NETWORK * np.linalg.norm(file.probe))


def _neither(dataset: str, extractor: Extractor, layer: str) -> TdotError:
    found, failed = _readable()
    begins = f"{extractor.key}-{layer}-"
    broken = [error for path, error in failed if path.parent.name == dataset and path.name.startswith(begins)]
    if broken:
        return broken[0]
    others = [f"{i.extractor} {i.layer}" for _, i in found if dataset in (i.dataset, i.dataset_id)]
    if not others:
        try:
            load_dataset(dataset)
        except TdotError as error:
            return error
    return TdotError(
        f"The images of {dataset[:80]!r} are not imported, and no reference that ships with TDOT was made by "
        f"{extractor.key} layer {layer} with these weights{_resized(extractor)}. Shipped: {', '.join(others)}. "
        "Import the data set, or choose one of these."
    )


def _resized(extractor: Extractor) -> str:
    return "" if extractor.resize == own_resize(extractor.key) else f" and the resize of {extractor.resize}"


def _labels(data: Dataset, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    labels = data.labels("train")
    return None if labels is None else np.asarray(labels)[rows].astype(np.int64)


def _extracted(
    data: Dataset, extractor: Extractor, layer: str, sample: int = SAMPLE
) -> Generator[Progress, None, Reference]:
    from tdot_core.services.features.extract import extract

    images = data.images("train")
    whole = (yield from extract(images, extractor, [layer]))[layer]
    rows = sample_rows(images, min(sample, SAMPLE))
    features = Features(np.asarray(whole.array[rows]), whole.statistics, f"{extractor.key} {layer}", kept_neighbours)
    return Reference(features, rows, _labels(data, rows), data.info.classes, data.info.name, len(images), False)


def write_references(
    dataset: str, extractor: Extractor, layers: Sequence[str], sample: int = SAMPLE
) -> Generator[Progress, None, list[ReferenceInfo]]:
    """Extract an imported data set and write its references under assets/references; yields the extraction's progress.

    sample: rows of features to keep, at most 10,000. Older files for the same data set, extractor and layer are removed: their weights are no longer the ones that count.
    """
    from tdot_core.services.features.extract import extract

    data = load_dataset(dataset)
    # All layers in one pass; what follows finds them in the cache.
    yield from extract(data.images("train"), extractor, layers)
    written = []
    for layer in layers:
        written.append(_write(data, extractor, layer, (yield from _extracted(data, extractor, layer, sample))))
    return written


def _write(data: Dataset, extractor: Extractor, layer: str, made: Reference) -> ReferenceInfo:
    info = ReferenceInfo(
        data.info.name,
        extractor.key,
        layer,
        made.n,
        len(made.rows),
        made.features.width,
        extractor.fingerprint,
        data.info.id,
        data.info.train_set,
        made.classes,
    )
    probe = extractor(probe_images(), [layer])[layer]
    path = write_reference_file(ReferenceFile(info, made.features, made.rows, made.labels, probe))
    for other, old in _readable()[0]:
        if other != path and (old.dataset, old.extractor, old.layer) == (info.dataset, info.extractor, layer):
            other.unlink()
    return info
