"""What the parts of the Sample screen share in a browser tab, so that moving along the chain needs no server."""

from __future__ import annotations

STAGE_JS = """
// share: how far along the chain, 0 the start and 1 the result; view: x, x0_hat or difference; against: a film's id; films: by
// id, each with the mark of what was drawn, the times of its states and the pixels that came so far; ready: the mark of the
// request whose films are all here.
const stage = (window.tdotStage ??= Object.assign(new EventTarget(), {
  share: 1, view: "x", against: "", films: new Map(), ready: "",
}));

const announce = (what) => stage.dispatchEvent(new Event(what));

function filmOf(id, mark) {
  if (stage.films.get(id)?.mark !== mark) stage.films.set(id, { mark, pixels: {} });
  return stage.films.get(id);
}

function pixelsOf(source) {
  const canvas = new OffscreenCanvas(source.width, source.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, source.width, source.height);
}

// Where picture i of state k lies: the result in a sheet of its own, the other states one to a row.
function placeOf(film, view, k, i) {
  const last = film.times.length - 1;
  if (k === last) return { sheet: film.pixels.result, x: i % film.columns, y: Math.floor(i / film.columns) };
  return { sheet: film.pixels[view], x: i, y: k };
}

const stateOf = (film) => Math.round(stage.share * (film.times.length - 1));
"""
"""Functions and the state `stage`, alike in every component; the state lives on the window."""
