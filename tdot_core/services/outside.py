"""Images made by any other tool: a folder, a zip or an npz, read as uint8 (n, 32, 32, 3)."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets.decoding import MAX_PIXELS, BadImage, decode
from tdot_core.services.datasets.opening import open_source
from tdot_core.services.datasets.source import ImageSource

MAX_BYTES = 4 * 2**30
KEYS = ("images", "arr_0")
SIDE, GROUP = 32, 512
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Outside:
    """Hold images made elsewhere, in the order of their names (or of the array). note: what was skipped or resized."""

    name: str
    images: Images
    note: str = ""


def read_outside(source: str | Path, max_bytes: int = MAX_BYTES) -> Generator[Progress, None, Outside]:
    """Read a folder or zip of image files, or an npz whose array `images` or `arr_0` is uint8 (n, h, w, 3).

    Other sizes are cropped to a square and resized to 32 x 32, unreadable files are left out, and both are said in the
    note. Nothing is unpickled or unpacked to disk. max_bytes: what a zip or npz may inflate to. Raises TdotError when it
    does not exist, holds no image, or is refused.
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise TdotError(f"There are no images at {str(source)[:200]!r}. Give a folder, a zip or an npz file.")
    if path.suffix.lower() == ".npz":
        images, note = yield from _from_npz(path, max_bytes)
    else:
        with open_source(path, max_bytes) as files:
            images, note = yield from _from_files(files)
    return Outside(path.name, images, note)


def _from_files(files: ImageSource) -> Generator[Progress, None, tuple[Images, str]]:
    names, kept, resized, bad = sorted(files.keys), [], 0, []
    if not names:
        raise TdotError(f"The {files.label} holds no images (PNG, JPEG, BMP, GIF, WebP, PPM or TIFF).")

    def read(name: str) -> tuple[str, Images | None, bool | str]:
        try:
            return name, *decode(files.read(name))
        except BadImage as error:
            return name, None, str(error)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(names), GROUP):
            yield Progress(start, len(names), {}, "decoding")
            for name, image, fact in pool.map(read, names[start : start + GROUP]):
                if image is None:
                    bad.append(f"{name[:80]} ({fact})")
                else:
                    kept.append(image)
                    resized += fact is True
    if not kept:
        raise TdotError(f"None of the {len(names)} images in the {files.label} can be read. First: {bad[0]}.")
    return np.stack(kept), _note(resized, bad)


def _note(resized: int, bad: list[str]) -> str:
    parts = [f"{resized} images were not 32 x 32 and were cropped and resized." if resized else ""]
    parts.append(f"{len(bad)} unreadable images were left out, first {bad[0]}." if bad else "")
    return " ".join(part for part in parts if part)


def _from_npz(path: Path, max_bytes: int) -> Generator[Progress, None, tuple[Images, str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(path, archive)
            if member.flag_bits & 0x1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise TdotError(
                    f"{path.name[:80]} is encrypted or compressed in an unusual way; write it with numpy.savez."
                )
            if member.file_size > max_bytes:
                raise TdotError(
                    f"{path.name[:80]} unpacks to more than {max_bytes / 2**30:.3g} GiB; give fewer images."
                )
            with archive.open(member) as file:
                shape = _shape(path, file, member.file_size)
                images = np.empty((shape[0], SIDE, SIDE, 3), np.uint8)
                done = 0
                for block in _blocks(file, shape):
                    yield Progress(done, shape[0], {}, "decoding")
                    images[done : done + len(block)] = _small(block)
                    done += len(block)
    except TdotError:
        raise
    except _UNREADABLE as error:
        raise TdotError(
            f"{path.name[:80]} cannot be read as npz ({str(error)[:80] or type(error).__name__})."
        ) from error
    return images, _note(shape[0] if shape[1:3] != (SIDE, SIDE) else 0, [])


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    for key in KEYS:
        if f"{key}.npy" in archive.namelist():
            return archive.getinfo(f"{key}.npy")
    found = ", ".join(name.removesuffix(".npy")[:40] for name in archive.namelist()[:5]) or "nothing"
    raise TdotError(f"{path.name[:80]} must hold an array named images or arr_0; found {found}.")


def _shape(path: Path, file: IO[bytes], size: int) -> tuple[int, ...]:
    version = np.lib.format.read_magic(file)
    read: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    good = dtype == np.uint8 and not fortran and len(shape) == 4 and shape[3] == 3 and min(shape) >= 1
    if not good:
        raise TdotError(
            f"The images of {path.name[:80]} must be uint8 of shape (n, h, w, 3), found {dtype} {shape}"
            + (" in Fortran order." if fortran else ".")
        )
    if shape[1] * shape[2] > MAX_PIXELS or int(np.prod(shape, dtype=object)) > size:
        raise TdotError(f"{path.name[:80]} says it holds {shape}, which is more than it has. Write it again.")
    return tuple(int(side) for side in shape)


def _blocks(file: IO[bytes], shape: tuple[int, ...]) -> Iterator[Images]:
    each = int(np.prod(shape[1:]))
    step = max(1, min(GROUP, 2**26 // each))
    for start in range(0, shape[0], step):
        n = min(step, shape[0] - start)
        data = file.read(n * each)
        if len(data) < n * each:
            raise EOFError("it ends too early")
        yield np.frombuffer(data, np.uint8).reshape(n, *shape[1:])


def _small(block: Images) -> Images:
    height, width = block.shape[1:3]
    if (height, width) == (SIDE, SIDE):
        return block
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = block[:, top : top + side, left : left + side]
    # The same filter as for image files.
    return np.stack([np.asarray(Image.fromarray(i).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for i in square])
