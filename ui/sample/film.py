"""One column's pictures, which follow the player by themselves once their trajectory is in the browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ui.sample.stage import STAGE_JS
from ui.sample.store import Drawn
from ui.widgets.tile_grid import CSS, LAYOUT_JS, SPRITE_COLUMNS, sprite_link

FILM_CSS = """
.tiles canvas { width: 100%; height: 100%; display: block; border-radius: inherit; image-rendering: pixelated; pointer-events: none; }
.when { font: .82rem var(--st-font); color: var(--st-text-color); opacity: .75; line-height: 1.5; padding-bottom: 2px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
"""

FILM_JS = """
// Half the difference around grey, so that every difference fits: 128 + (a - b) / 2.
function difference(to, one, other) {
  for (let p = 0; p < to.length; p += 4) {
    for (let c = 0; c < 3; c++) to[p + c] = 128 + (one[p + c] - other[p + c]) / 2;
    to[p + 3] = 255;
  }
}

function tileOf(film, view, k, i) {
  const { sheet, x, y } = placeOf(film, view, k, i);
  const tile = new ImageData(SIDE, SIDE);
  for (let row = 0; row < SIDE; row++) {
    const from = 4 * ((y * SIDE + row) * sheet.width + x * SIDE);
    tile.data.set(sheet.data.subarray(from, from + 4 * SIDE), 4 * SIDE * row);
  }
  return tile;
}

const has = (film, view, k) => Boolean(placeOf(film, view, k, 0).sheet);

function words(film, k, base, id) {
  const name = `${stage.view === "x0_hat" && k < film.times.length - 1 ? "x0_hat from" : "x at"} t = ${film.times[k]}`;
  if (stage.view !== "difference") return name;
  return base && base !== film ? `${name}, minus ${base.label}` : `${name}, compared with`;
}

function paint(grid) {
  const { id, mark } = grid.facts, film = stage.films.get(id);
  if (!film.times) return;
  const k = stateOf(film), base = stage.view === "difference" ? stage.films.get(stage.against) : null;
  const view = stage.view === "x0_hat" ? "x0_hat" : "x";
  if (!has(film, view, k) || (base && !(base.times && has(base, view, stateOf(base))))) { announce("missing"); return; }
  [...grid.children].forEach((button, i) => {
    const tile = tileOf(film, view, k, i);
    if (base && base !== film && i < base.n) difference(tile.data, tile.data, tileOf(base, view, stateOf(base), i).data);
    button.firstChild.getContext("2d").putImageData(tile, 0, 0);
  });
  grid.previousElementSibling.textContent = words(film, k, base, id);
  grid.dataset.shown = `${mark}-${k}`;
  grid.dataset.view = stage.view;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".tiles");
  furnish(grid, data, (k) => setTriggerValue("picked", k));
  [...grid.children].forEach((button) => {
    if (button.firstChild) return;
    button.appendChild(Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }));
  });
  const follow = () => { if (stage.films.get(data.id)?.mark === data.mark && grid.facts === data) paint(grid); };
  for (const what of ["move", "reel"]) stage.addEventListener(what, follow);
  const film = filmOf(data.id, data.mark);
  const sprite = new Image();
  sprite.src = data.sprite;
  sprite.decode().then(() => {
    Object.assign(film, { times: data.times, n: data.n, columns: data.columns, label: data.label });
    film.pixels.result = pixelsOf(sprite);
    announce("reel");
  });
  return () => {
    for (const what of ["move", "reel"]) stage.removeEventListener(what, follow);
    grid.observer.disconnect();
    grid.observer = null;
  };
}
"""

_FILM = st.components.v2.component(
    "tdot_film",
    html='<div class="when">&nbsp;</div><div class="tiles"></div>',
    css=CSS + FILM_CSS,
    js=LAYOUT_JS + STAGE_JS + FILM_JS,
)


def film(
    drawn: Drawn,
    names: Sequence[str],
    *,
    id: str,
    label: str,
    mark: str,
    key: str,
    picked: int,
    on_pick: Callable[[], None],
) -> None:
    """Show a column's results; they move along their chain with the player once `reels` has sent the states before.

    names: a tooltip for each; id: the column's name in the browser; mark: text that differs when the pictures do; picked: the
    tile with a frame around it, -1 for none; on_pick runs before the page does, the number is then in
    st.session_state[key].picked.
    """
    data = {
        "sprite": sprite_link(drawn.at(-1)),
        "names": list(names),
        "n": drawn.n,
        "columns": min(SPRITE_COLUMNS, drawn.n),
        "label": label,
        "picked": picked,
        "largest": 3,
        "mark": mark,
        "id": id,
        "times": list(drawn.frame_ts),
    }
    _FILM(key=key, data=data, on_picked_change=on_pick)
