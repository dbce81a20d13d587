"""The states of a chain on their way to the browser: sent once, when somebody wants to move along it."""

from __future__ import annotations

import io
import json
import struct
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from ui.sample.stage import STAGE_JS
from ui.sample.store import Drawn

VIEWS = {"x": "x_t", "x0_hat": "x0_hat", "difference": "Difference"}
"""What can be shown of a chain, by the names that the address knows."""

JS = """
export default function ({ data }) {
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(data.subarray(4, 4 + length)));
  if (head.ready) { stage.ready = head.ready; announce("ready"); return; }
  createImageBitmap(new Blob([data.subarray(4 + length)], { type: "image/webp" })).then((picture) => {
    filmOf(head.id, head.mark).pixels[head.view] = pixelsOf(picture);
    announce("reel");
  });
}
"""

_REEL = st.components.v2.component("tdot_reel", js=STAGE_JS + JS)


def reel(drawn: Drawn, view: str, *, id: str, mark: str) -> None:
    """Send every state but the result of one column, as x or x0_hat, lossless."""
    _send({"id": id, "mark": mark, "view": view}, reel_webp(drawn, view), key=f"reel-{id}-{view}")


def all_here(mark: str) -> None:
    """Tell the browser that everything of this request was drawn, so that asking for reels interrupts nothing."""
    _send({"ready": mark}, b"", key="reel-ready")


def _send(head: dict[str, str], body: bytes, key: str) -> None:
    words = json.dumps(head).encode()
    _REEL(key=key, data=struct.pack("<I", len(words)) + words + body, height=1)


_encoded: WeakKeyDictionary[Drawn, dict[str, bytes]] = WeakKeyDictionary()


def reel_webp(drawn: Drawn, view: str) -> bytes:
    """Return the states of a chain but the last as one lossless picture, a row per state and a column per image; kept with it."""
    kept = _encoded.setdefault(drawn, {})
    if view not in kept:
        kept[view] = _webp(drawn, view)
    return kept[view]


def _webp(drawn: Drawn, view: str) -> bytes:
    states = len(drawn.frame_ts) - 1
    sheet = np.concatenate([_row(drawn.at(k) if view == "x" else drawn.x0_hat(k)) for k in range(states)])
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "WEBP", lossless=True, quality=0, method=0)
    return buffer.getvalue()


def _row(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.concatenate(list(images), axis=1)
