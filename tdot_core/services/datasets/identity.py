"""Hashes that stand for content: of a data set in its order, of a split whatever its order, of one image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from tdot_core.services.datasets.info import SPLITS

CHUNK = 4096


def chunks(images: np.ndarray) -> Iterator[np.ndarray]:
    """Yield images (n, ...) in contiguous pieces of at most 4096, so that a memory-mapped array stays on disk."""
    for start in range(0, len(images), CHUNK):
        yield np.ascontiguousarray(images[start : start + CHUNK])


def content_id(images: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], classes: Sequence[str]) -> str:
    """Return the id of a data set: the first 16 hex digits of SHA-256 over class names, images and labels in order.

    images: split -> uint8 (n, 32, 32, 3); labels: split -> int64 (n,), only for the splits that have them.
    """
    digest = hashlib.sha256(json.dumps(list(classes)).encode())
    for split in SPLITS:
        digest.update(f"{split} {len(images[split])} {split in labels}\n".encode())
        for piece in chunks(images[split]):
            digest.update(piece.data)
        if split in labels:
            digest.update(labels[split].astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def image_digest(image: np.ndarray) -> bytes:
    """Return SHA-256 of one image's pixels, uint8 (32, 32, 3)."""
    return hashlib.sha256(image.tobytes()).digest()


def set_id(digests: Iterable[bytes]) -> str:
    """Return a hash (16 hex digits) of a collection of image digests that does not depend on their order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()[:16]
