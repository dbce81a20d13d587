"""Ways to spoil images by degrees (Heusel 2017, section A1): a useful distance grows with each."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from PIL import Image

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Degradation:
    """levels: from mild to severe, in the unit of its name; apply(images, level) on uint8 (n, h, w, 3)."""

    name: str
    levels: tuple[float, ...]
    apply: Callable[[Images, float], Images]


def blurred(images: Images, std: float) -> Images:
    """Return the images under a Gaussian blur of `std` pixels, edges reflected."""
    from scipy.ndimage import gaussian_filter

    return _to_uint8(gaussian_filter(images.astype(np.float32), sigma=(0, std, std, 0)))


def noised(images: Images, std: float) -> Images:
    """Return the images plus Gaussian noise of `std` grey levels, always the same noise, clipped to 0..255."""
    noise = np.random.default_rng(0).standard_normal(images.shape, dtype=np.float32)
    return _to_uint8(images + np.float32(std) * noise)


def compressed(images: Images, quality: float) -> Images:
    """Return the images after JPEG at `quality` (1..100)."""

    def through(image: Images) -> Images:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=int(quality))
        return np.asarray(Image.open(buffer))

    return np.stack([through(image) for image in images])


def mixed(images: Images, share: float, others: Images) -> Images:
    """Return the images with the first `share` (0..1) of them replaced by as many others, repeated when there are fewer."""
    n = round(share * len(images))
    return np.concatenate([others[np.arange(n) % len(others)], images[n:]])


def degradations(others: Images) -> tuple[Degradation, ...]:
    """Return all of them; others: images of another data set, to mix in."""
    return (
        Degradation("Gaussian blur, pixels", (0.5, 0.75, 1.0, 1.5, 2.0), blurred),
        Degradation("Gaussian noise, grey levels", (5, 10, 20, 40, 80), noised),
        Degradation("JPEG quality", (90, 75, 50, 25, 10), compressed),
        Degradation("Share of another data set", (0.05, 0.1, 0.25, 0.5, 0.75), partial(mixed, others=others)),
    )


def _to_uint8(values: npt.NDArray[np.float32]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
