"""Extracting features once per (images, extractor weights, layer) and keeping them memory-mapped on disk."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.metrics.statistics import Statistics
from tdot_core.models.extractor import Extractor
from tdot_core.progress import Progress, finish
from tdot_core.services.compute.chunks import chunk_of, run_chunks
from tdot_core.services.features.kept_neighbours import kept_neighbours
from tdot_core.services.storage.cache import note_use
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.paths import cache_root

HASH_ROWS = 4096

Images = NDArray[np.uint8]


class FeatureSet(Features):
    """Features (n, d) float32 on disk, memory-mapped; mean and covariance are kept beside them once computed.

    extractor, layer, fingerprint: what made them. Raises TdotError when the file is damaged.
    """

    def __init__(self, path: Path, extractor: str, layer: str, fingerprint: str) -> None:
        super().__init__(
            np.load(path, mmap_mode="r", allow_pickle=False), name=f"{extractor} {layer}", search=kept_neighbours
        )
        self.path, self.extractor, self.layer, self.fingerprint = path, extractor, layer, fingerprint

    @cached_property
    def statistics(self) -> Statistics:
        """Return mean and covariance, read from the cache where they are there; needs 2 images."""
        path = self.path.with_suffix(".npz")
        try:
            return Statistics.load(path)
        except TdotError:
            computed = Features(self.array).statistics
            write_atomically(path, computed.save)
            return computed


def images_hash(images: Images) -> str:
    """Return 32 hex digits of the SHA-256 over shape and pixels, read in blocks."""
    digest = hashlib.sha256(repr(tuple(images.shape)).encode())
    for start in range(0, len(images), HASH_ROWS):
        digest.update(np.ascontiguousarray(images[start : start + HASH_ROWS]).data)
    return digest.hexdigest()[:32]


def extract(
    images: Any, extractor: Extractor, layers: Sequence[str]
) -> Generator[Progress, None, dict[str, FeatureSet]]:
    """Return the features of images (n, 32, 32, 3) uint8 by layer, computing only what the cache lacks; yields per chunk.

    Extractors that take any size take (n, h, w, 3). A layer that the weights lack, no images or images of another shape raise TdotError. Stopping the generator leaves no
    half-written file.
    """
    extractor.check(layers)
    images = np.asanyarray(images)
    _check_images(images, extractor)
    paths = _paths(images, extractor, layers)
    missing = [layer for layer, path in paths.items() if not _holds(path, (len(images), extractor.widths[layer]))]
    if missing:
        paths[missing[0]].parent.mkdir(parents=True, exist_ok=True)
        yield from _compute(images, extractor, {layer: paths[layer] for layer in missing})
    for path in paths.values():
        note_use(path)
    return {layer: FeatureSet(path, extractor.key, layer, extractor.fingerprint) for layer, path in paths.items()}


def join_features(blocks: Sequence[Images], extractor: Extractor, layers: Sequence[str]) -> None:
    """Keep the features of images that follow each other in blocks, as `extract` of all at once does; blocks of whole chunks.

    Features of blocks that are not in the cache are computed. Raises TdotError as `extract` does.
    """
    images = np.concatenate(blocks)
    paths = _paths(images, extractor, layers)
    missing = [layer for layer, path in paths.items() if not _holds(path, (len(images), extractor.widths[layer]))]
    if not missing:
        return
    parts = [finish(extract(block, extractor, missing)) for block in blocks]
    for layer in missing:
        whole = np.concatenate([part[layer].array for part in parts])
        write_atomically(paths[layer], partial(np.save, arr=whole, allow_pickle=False))


def _paths(images: Images, extractor: Extractor, layers: Sequence[str]) -> dict[str, Path]:
    folder = cache_root() / "features" / images_hash(images)
    return {
        layer: folder / f"{extractor.key}-{extractor.fingerprint[:12]}-{layer}.npy" for layer in dict.fromkeys(layers)
    }


def _check_images(images: Images, extractor: Extractor) -> None:
    sides = "h, w" if extractor.any_size else "32, 32"
    fits = images.dtype == np.uint8 and images.ndim == 4 and images.shape[3] == 3 and min(images.shape) >= 1
    if not fits or not (extractor.any_size or images.shape[1:3] == (32, 32)):
        raise TdotError(
            f"Features of {extractor.key} need uint8 images (n, {sides}, 3) with n >= 1, found {images.dtype} {images.shape}."
        )


def _holds(path: Path, shape: tuple[int, int]) -> bool:
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return bool(found.shape == shape and found.dtype == np.float32)


def _compute(images: Images, extractor: Extractor, paths: dict[str, Path]) -> Generator[Progress, None, None]:
    n, layers = len(images), list(paths)
    with tempfile.TemporaryDirectory(dir=next(iter(paths.values())).parent) as folder, ExitStack() as stack:
        fresh = {layer: Path(folder) / path.name for layer, path in paths.items()}
        files = {layer: stack.enter_context(path.open("wb")) for layer, path in fresh.items()}
        header = {"descr": "<f4", "fortran_order": False}
        try:
            for layer, file in files.items():
                np.lib.format.write_array_header_1_0(file, header | {"shape": (n, extractor.widths[layer])})
            done = 0
            yield Progress(0, n, phase="features")
            for features in features_by_chunk(images, extractor, layers):
                for layer, file in files.items():
                    _check_finite(features[layer], extractor.key, layer)
                    file.write(features[layer].astype("<f4").tobytes())
                done += len(features[layers[0]])
                yield Progress(done, n, phase="features")
        except OSError as error:
            raise TdotError(
                f"The features could not be written ({error.strerror}). Free disk space and try again."
            ) from error
        stack.close()
        for layer, path in paths.items():
            fresh[layer].replace(path)


def _check_finite(features: NDArray[np.float32], key: str, layer: str) -> None:
    if not np.isfinite(features).all():
        raise TdotError(f"Extractor {key} gave NaN or infinity at layer {layer}; its weights are damaged.")


def features_by_chunk(
    images: Images, extractor: Extractor, layers: Sequence[str]
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Yield the features of one chunk of images after another, the last one padded, so that they depend on no neighbour."""
    size = chunk_of(extractor.device)

    def run(start: int) -> dict[str, NDArray[np.float32]]:
        chunk = np.array(images[start : start + size])  # A copy: torch takes no read-only array, as a memory map is.
        n = len(chunk)
        padded = np.concatenate([chunk, np.zeros((size - n, *chunk.shape[1:]), np.uint8)]) if n < size else chunk
        return {layer: values[:n] for layer, values in extractor(padded, layers).items()}

    return run_chunks(run, range(0, len(images), size), extractor.device)
