"""The atlas of the gallery, cut from photographs inside two Python packages: scikit-learn, and scikit-image for the making."""

from __future__ import annotations

import hashlib
import io
import math
from importlib.util import find_spec
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.gallery import COLUMNS, SIDE, Crop, Photograph, atlas_path, credits_path, gallery
from tdot_core.services.storage.files import write_atomically

MARK = "credits"
"""The PNG's text that holds the hash of the list it was cut by."""


def build_gallery() -> str:
    """Cut every crop of gallery/credits.json and write the atlas; return "unchanged", "made", or "none" without a list.

    A crop is scaled to 32x32 with Pillow's Lanczos filter. Raises TdotError when a photograph is missing or another one.
    """
    if not credits_path().exists():
        return "none"
    mark = hashlib.sha256(credits_path().read_bytes()).hexdigest()
    if _mark() == mark:
        return "unchanged"
    crops = gallery().crops
    atlas = Image.new("RGB", (COLUMNS * SIDE, math.ceil(len(crops) / COLUMNS) * SIDE))
    for i, crop in enumerate(crops):
        atlas.paste(_cut(crop), (i % COLUMNS * SIDE, i // COLUMNS * SIDE))
    text = PngInfo()
    text.add_text(MARK, mark)
    write_atomically(atlas_path(), lambda path: atlas.save(path, format="PNG", optimize=True, pnginfo=text))
    return "made"


def _mark() -> str:
    if not atlas_path().exists():
        return ""
    with Image.open(atlas_path()) as atlas:
        return str(atlas.info.get(MARK, ""))


def _cut(crop: Crop) -> Image.Image:
    with Image.open(io.BytesIO(_bytes(gallery().photographs[crop.photograph]))) as picture:
        box = (crop.x, crop.y, crop.x + crop.side, crop.y + crop.side)
        if min(box) < 0 or box[2] > picture.width or box[3] > picture.height:
            raise TdotError(f"The crop {crop.shows!r} leaves its photograph of {picture.width} x {picture.height}.")
        return picture.convert("RGB").crop(box).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _bytes(photograph: Photograph) -> bytes:
    package, _, rest = photograph.file.partition("/")
    spec = find_spec(package)
    path = Path(spec.origin).parent / rest if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise TdotError(f"{photograph.file} is not installed. To make the gallery: pip install scikit-image==0.26.0")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != photograph.sha256:
        raise TdotError(f"{photograph.file} is another photograph than the one credited. Install scikit-image 0.26.0.")
    return data
