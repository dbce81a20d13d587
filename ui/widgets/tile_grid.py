"""Small pictures as a grid of tiles that can be clicked: enlarged by whole factors, in as many columns as fit."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

Images = npt.NDArray[np.uint8]

SPRITE_COLUMNS = 8

CSS = """
.tiles { display: grid; justify-content: start; gap: 2px; min-height: 34px; }
.tiles button {
  padding: 0; border: 0; border-radius: 2px; background-repeat: no-repeat; image-rendering: pixelated; cursor: pointer;
  background-color: var(--st-secondary-background-color);
}
.tiles button:hover { outline: 2px solid var(--st-text-color); outline-offset: -1px; z-index: 1; }
.tiles button:focus-visible, .tiles button.picked { outline: 3px solid var(--st-primary-color); outline-offset: -1px; z-index: 1; }
"""

LAYOUT_JS = """
const SIDE = 32, GAP = 2, TALLEST = 800;

// The largest whole factor that leaves two tiles in a row and keeps the grid on one screen; else the pixels as they are.
function factor(width, n, largest) {
  for (let s = largest; s > 1; s--) {
    const inRow = Math.floor((width + GAP) / (SIDE * s + GAP));
    if (inRow >= Math.min(2, n) && Math.ceil(n / inRow) * (SIDE * s + GAP) <= TALLEST) return s;
  }
  return 1;
}

function layOut(grid) {
  const { n, columns, largest } = grid.facts;
  const s = factor(grid.parentElement.clientWidth, n, largest), side = SIDE * s;
  grid.style.gridTemplateColumns = `repeat(auto-fill, ${side}px)`;
  [...grid.children].forEach((tile, k) => {
    tile.style.width = tile.style.height = `${side}px`;
    tile.style.backgroundSize = `${side * columns}px auto`;
    tile.style.backgroundPosition = `${-side * (k % columns)}px ${-side * Math.floor(k / columns)}px`;
  });
}

function step(grid, tile, key) {
  const tiles = [...grid.children], k = tiles.indexOf(tile);
  const inRow = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -inRow, ArrowDown: inRow }[key];
  const next = tiles[k + by];
  if (!next) return;
  tile.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function furnish(grid, data, pick) {
  grid.facts = data;
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", data.label);
  while (grid.children.length > data.n) grid.lastChild.remove();
  while (grid.children.length < data.n) grid.appendChild(document.createElement("button"));
  [...grid.children].forEach((tile, k) => {
    tile.type = "button";
    tile.title = data.names[k];
    tile.setAttribute("aria-label", `${data.label}, ${data.names[k]}`);
    tile.classList.toggle("picked", k === data.picked);
    tile.setAttribute("aria-pressed", k === data.picked);
    tile.tabIndex = k === Math.max(data.picked, 0) ? 0 : -1;
    tile.onclick = () => pick(k);
    tile.onkeydown = (event) => {
      if (event.key.startsWith("Arrow")) { event.preventDefault(); step(grid, tile, event.key); }
    };
  });
  layOut(grid);
  if (!grid.observer) {
    grid.observer = new ResizeObserver(() => layOut(grid));
    grid.observer.observe(grid.parentElement);
  }
}
"""
"""Functions for components whose `.tiles` are small pictures: furnish(grid, data, pick) makes the buttons and lays them out."""

JS = (
    LAYOUT_JS
    + """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".tiles");
  furnish(grid, data, (k) => setTriggerValue("picked", k));
  // Decoded before it is shown, so that a change never flashes an empty grid.
  const sprite = new Image();
  sprite.src = data.sprite;
  sprite.decode().then(() => {
    if (grid.facts !== data) return;
    [...grid.children].forEach((tile) => { tile.style.backgroundImage = `url(${data.sprite})`; });
    grid.dataset.shown = data.mark;
  });
  return () => grid.observer.disconnect();
}
"""
)

_GRID = st.components.v2.component("tdot_tiles", html='<div class="tiles"></div>\n', css=CSS, js=JS)


def tile_grid(
    images: Images,
    names: Sequence[str],
    *,
    label: str,
    key: str,
    picked: int = -1,
    largest: int = 3,
    mark: str = "",
    on_pick: Callable[[], None] | None = None,
) -> int | None:
    """Show images (n, 32, 32, 3) as tiles and return the number of the tile just clicked, else None.

    names: a tooltip for each; picked: the tile with a frame around it, -1 for none; largest: the largest factor; mark: text
    that a test finds in the attribute data-shown once these images are on screen. on_pick runs before the page does; the
    number is then in st.session_state[key].picked.
    """
    data = {
        "sprite": sprite_link(images),
        "names": list(names),
        "n": len(images),
        "columns": min(SPRITE_COLUMNS, len(images)),
        "label": label,
        "picked": picked,
        "largest": largest,
        "mark": mark,
    }
    result = _GRID(key=key, data=data, on_picked_change=on_pick or (lambda: None))
    return int(result.picked) if result.picked is not None else None


def sprite_link(images: Images) -> str:
    """Return `sprite_png` as a data link."""
    return _link(images.tobytes(), images.shape)


@lru_cache(maxsize=64)
def _link(pixels: bytes, shape: tuple[int, ...]) -> str:
    # The same pictures are asked for by every click on their screen, and by everybody who looks at them.
    png = sprite_png(np.frombuffer(pixels, np.uint8).reshape(shape))
    return "data:image/png;base64," + base64.b64encode(png).decode()


def sprite_png(images: Images) -> bytes:
    """Return images side by side without gaps, at most 8 in a row, as a PNG."""
    n, h, w, _ = images.shape
    columns = min(SPRITE_COLUMNS, n)
    rows = -(-n // columns)
    filled = np.zeros((rows * columns, h, w, 3), np.uint8)
    filled[:n] = images
    sheet = filled.reshape(rows, columns, h, w, 3).transpose(0, 2, 1, 3, 4).reshape(rows * h, columns * w, 3)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
