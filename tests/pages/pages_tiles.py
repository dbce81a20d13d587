"""Reading the tile grids of a screen back as images."""

from __future__ import annotations

import base64
import io
import json
import struct
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui.widgets.tile_grid import SPRITE_COLUMNS


def tile_data(app: AppTest) -> dict[str, dict[str, Any]]:
    """Return what every tile grid on screen was given, by its label."""
    grids = [
        json.loads(grid.proto.json)
        for grid in app.get("bidi_component")
        if grid.proto.component_name in ("tdot_tiles", "tdot_film")
    ]
    return {grid["label"]: grid for grid in grids}


def tiles(app: AppTest) -> dict[str, np.ndarray]:
    """Return the images of every tile grid on screen, (n, 32, 32, 3) uint8, by its label."""
    return {label: _images(grid) for label, grid in tile_data(app).items()}


def _images(grid: dict[str, Any]) -> np.ndarray:
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(grid["sprite"].partition(",")[2]))))
    places = [divmod(k, SPRITE_COLUMNS) for k in range(grid["n"])]
    return np.stack([sheet[32 * y : 32 * y + 32, 32 * x : 32 * x + 32] for y, x in places])


def reels(app: AppTest) -> dict[tuple[str, str], np.ndarray]:
    """Return the states sent to the browser, (k, n, 32, 32, 3) uint8, by the film's id and the view."""
    found = {}
    for part in app.get("bidi_component"):
        if part.proto.component_name == "tdot_reel":
            (length,) = struct.unpack_from("<I", part.proto.bytes)
            head, body = json.loads(part.proto.bytes[4 : 4 + length]), part.proto.bytes[4 + length :]
            if body:
                found[head["id"], head["view"]] = _reel(np.asarray(Image.open(io.BytesIO(body))))
    return found


def _reel(sheet: np.ndarray) -> np.ndarray:
    k, n = sheet.shape[0] // 32, sheet.shape[1] // 32
    return sheet.reshape(k, 32, n, 32, 3).transpose(0, 2, 1, 3, 4)
