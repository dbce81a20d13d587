"""Pictures on hover: a small component that listens to the native chart and shows one tile of a sprite atlas."""

from __future__ import annotations

import base64
import io
import math

import numpy as np
import streamlit as st
from PIL import Image

TILE, SCALE = 32, 3
MOST_TILES = 4000
"""Pictures of one atlas: some 2 MB, sent once."""
QUALITY = 82

# Plotly's own hover labels hold no images. Streamlit may draw the chart anew at any time, and with it the listeners go,
# hence the slow clock that puts them back.
JS = """
export default function ({ data }) {
  const side = data.tile * data.scale;
  const box = document.createElement("div");
  box.className = "tdot-hover-tile";
  Object.assign(box.style, {
    position: "fixed", width: side + "px", height: side + "px", display: "none", pointerEvents: "none", zIndex: 1000,
    imageRendering: "pixelated", border: "2px solid #fff", boxShadow: "0 0 0 1px #444, 0 2px 10px rgba(0,0,0,.45)",
    backgroundImage: `url(data:image/webp;base64,${data.atlas})`, backgroundSize: data.columns * side + "px auto",
  });
  document.body.appendChild(box);
  let mouse = { x: 0, y: 0 };
  let chart = null;
  const hide = () => { box.style.display = "none"; };
  const follow = (event) => { mouse = { x: event.clientX, y: event.clientY }; };
  const show = (event) => {
    const point = event.points[event.points.length - 1];
    const tile = point && point.customdata ? Number(point.customdata[1]) : -1;
    if (!(tile >= 0)) { hide(); return; }
    const row = Math.floor(tile / data.columns), column = tile % data.columns;
    box.style.backgroundPosition = `-${column * side}px -${row * side}px`;
    box.dataset.tile = String(tile);
    const left = mouse.x - side - 18 > 4 ? mouse.x - side - 18 : mouse.x + 18;
    const top = Math.min(Math.max(mouse.y - side / 2, 4), window.innerHeight - side - 8);
    Object.assign(box.style, { left: left + "px", top: top + "px", display: "block" });
  };
  const detach = () => {
    if (chart && chart.removeListener) { chart.removeListener("plotly_hover", show); chart.removeListener("plotly_unhover", hide); }
    chart = null;
  };
  const attach = () => {
    const found = document.querySelector(data.chart + " .js-plotly-plot");
    if (!found) { hide(); return; }
    if (!found.on || (found._ev && found._ev.listeners("plotly_hover").includes(show))) return;
    detach();
    found.on("plotly_hover", show);
    found.on("plotly_unhover", hide);
    found.dataset.hoverPictures = "on";
    chart = found;
  };
  attach();
  const clock = setInterval(attach, 300);
  document.addEventListener("mousemove", follow, true);
  window.addEventListener("scroll", hide, true);
  return () => {
    clearInterval(clock);
    document.removeEventListener("mousemove", follow, true);
    window.removeEventListener("scroll", hide, true);
    detach();
    box.remove();
  };
}
"""

_hover = st.components.v2.component("tdot_hover_pictures", js=JS)


def hover_pictures(images: np.ndarray, chart: str, key: str) -> None:
    """Show the picture of a point while the pointer is on it.

    images: (m, 32, 32, 3) uint8, tile i being image i; chart: CSS selector of an element around the chart, whose points
    have the tile as the second item of customdata (-1 for none). At most 4,000 fit.
    """
    if len(images):
        columns, atlas = make_atlas(images)
        data = {"atlas": atlas, "columns": columns, "tile": TILE, "scale": SCALE, "chart": chart}
        _hover(key=key, data=data, height=1)


@st.cache_data(max_entries=4, show_spinner=False)
def _encoded(digest: str, _images: np.ndarray) -> tuple[int, str]:
    columns = math.ceil(math.sqrt(len(_images)))
    rows = math.ceil(len(_images) / columns)
    sheet = np.zeros((rows * columns, TILE, TILE, 3), np.uint8)
    sheet[: len(_images)] = _images
    pixels = sheet.reshape(rows, columns, TILE, TILE, 3).swapaxes(1, 2).reshape(rows * TILE, columns * TILE, 3)
    buffer = io.BytesIO()
    # Thousands of pictures under the pointer, of which few are looked at: a fifth of the bytes without loss.
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="WEBP", quality=QUALITY, method=2)
    return columns, base64.b64encode(buffer.getvalue()).decode("ascii")


def make_atlas(images: np.ndarray) -> tuple[int, str]:
    """Return how many tiles a row of the atlas has, and the atlas as a base64 WebP; kept under the images' hash."""
    from tdot_core.services.features.extract import images_hash

    return _encoded(images_hash(images), images)
