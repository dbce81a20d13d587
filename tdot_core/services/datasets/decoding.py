"""From the bytes of an image file to RGB, 32x32 or as large as it is."""

from __future__ import annotations

import contextlib
import enum
import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from tdot_core.services.datasets.info import IMAGE_SHAPE
from tdot_core.services.datasets.readers.fit32 import MNIST_SIDE, pad

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
_JPEG, _PPM = {".jpg", ".jpeg", ".jpe", ".jfif"}, {".ppm", ".pgm", ".pbm", ".pnm"}
SUFFIXES = frozenset({".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"} | _JPEG | _PPM)
MAX_PIXELS = 64_000_000
LARGEST_OWN = 2048 * 2048
"""Pixels of an image that keeps its size: what a forward of the feature network can hold many of."""
MAX_IMAGE_BYTES = 64 * 2**20
_SIDE = IMAGE_SHAPE[0]
_LFS = b"version https://git-lfs"
_GREY = "1LI"  # how Pillow's modes of grey begin
_WIDE_GREY = ("PNG", "PPM")  # whose mode "I" means 16-bit samples in Pillow

# Pillow only warns between its own limit and twice that; MAX_PIXELS is below both and is checked before any decoding.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


class Change(enum.Flag):
    """What was done to a picture to make it 32x32, and what is to be said of its file."""

    KEPT = 0
    RESIZED = enum.auto()
    BORDERED = enum.auto()
    SEVERAL = enum.auto()
    DARK = enum.auto()


KEPT, RESIZED, BORDERED, SEVERAL, DARK = Change(0), Change.RESIZED, Change.BORDERED, Change.SEVERAL, Change.DARK
_DARK = 15  # the brightest level that is left of 12 bits stored in 16
_BITS_PER_SAMPLE = 258
_FRAMED = ("GIF", "PNG", "TIFF", "WEBP")  # not MPO, a photograph with its own previews


class BadImage(Exception):
    """Say in a few words why one image file cannot be used."""


def decode(data: bytes, *, own_size: bool = False) -> tuple[np.ndarray, Change]:
    """Return an image file's picture as uint8 (32, 32, 3), and what was done for it: KEPT, RESIZED or BORDERED; SEVERAL besides
    when its file holds more pictures than this, the first one; DARK when of grey of more bits hardly any level is left.

    PNG, JPEG, BMP, GIF, WebP, PPM and TIFF, recognised by content. EXIF orientation is applied; grey
    and palette become RGB; of 16-bit samples the high byte is kept, of 12-bit ones the highest eight bits; transparency is composited on white. Other sizes
    are centre-cropped to a square and resized with Pillow's antialiased bicubic filter; a 32x32 RGB image keeps every
    pixel. Grey 28x28, as MNIST's, gets a black border of two pixels, as it does in an array. own_size: keep the size,
    (h, w, 3), of at most 4 million pixels.

    Raises BadImage when it is none of these, damaged, or has more than 64 million pixels (told from its header).
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            most = LARGEST_OWN if own_size else MAX_PIXELS
            if width * height > most:
                raise BadImage(f"{width} x {height} pixels, more than {most // 10**6} million")
            if image.mode == "F" or (image.mode == "I" and image.format not in _WIDE_GREY):
                raise BadImage("32-bit samples of unknown range")
            shift = _bits(image) - 8
            upright = ImageOps.exif_transpose(image)
            if own_size:
                pixels, change = np.asarray(_to_rgb(upright, shift)), KEPT
            elif upright.size == (MNIST_SIDE, MNIST_SIDE) and upright.mode[0] in _GREY:
                pixels, change = pad(np.asarray(_to_rgb(upright, shift))[None])[0], BORDERED
            else:
                pixels, change = _to_rgb32(upright, shift), KEPT if (width, height) == (_SIDE, _SIDE) else RESIZED
            return pixels, change | _dark(upright, pixels) | _several(image)
    except BadImage:
        raise
    except UnidentifiedImageError:
        why = (
            "a pointer of Git LFS: fetch the file itself" if data.startswith(_LFS) else "not an image in a known format"
        )
        raise BadImage(why if data else "empty") from None
    except Image.DecompressionBombError:
        raise BadImage(f"more than {MAX_PIXELS // 10**6} million pixels") from None
    except Exception as error:  # Pillow's decoders raise nearly every kind on damaged input; all mean the same here
        raise BadImage(f"damaged ({str(error)[:80] or type(error).__name__})") from error


def file_notes(n_several: int, n_dark: int) -> list[str]:
    """Return what to say of so many files with SEVERAL and with DARK in their change."""
    several = f"{n_several:,} files hold several pictures; the first of each was read."
    dark = f"{n_dark:,} grey pictures of more than 8 bits have no level above {_DARK} of 255: are their values scaled as meant?"
    return [note for n, note in ((n_several, several), (n_dark, dark)) if n]


def _several(image: Image.Image) -> Change:
    """Tell whether a file holds several pictures; call it last, since looking for the second one may move to it."""
    with contextlib.suppress(Exception):  # damage behind the first picture
        if image.format in _FRAMED and getattr(image, "is_animated", False):
            return SEVERAL
    return KEPT


def _dark(image: Image.Image, pixels: np.ndarray) -> Change:
    return DARK if image.mode.startswith("I") and pixels.max() <= _DARK else KEPT


def _bits(image: Image.Image) -> int:
    """Return how many bits a wide sample has: Pillow gives 12-bit TIFFs their own values, but scales those of PPM."""
    return int(image.tag_v2.get(_BITS_PER_SAMPLE, (16,))[0]) if isinstance(image, TiffImageFile) else 16


def _to_rgb32(image: Image.Image, shift: int) -> np.ndarray:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    if image.size != (side, side):
        image = image.crop((left, top, left + side, top + side))
    image = _to_rgb(image, shift)
    if side != _SIDE:
        image = image.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _to_rgb(image: Image.Image, shift: int) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image) >> shift).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")
