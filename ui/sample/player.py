"""The player: along the chain by hand or by itself, in one of three views, without asking the server at each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ui.address import asked, explain, put
from ui.sample.reels import VIEWS
from ui.sample.stage import STAGE_JS
from ui.words import noise_label

KEY, WANTED = "player", "wanted-reels"

HTML = """
<div class="player">
  <div class="line">
    <button class="play" type="button"></button>
    <input type="range" min="0" step="1" aria-label="Along the chain, all columns together">
    <button class="loop" type="button" aria-label="Loop" title="Loop (L)">
      <svg viewBox="0 0 24 24"><path d="M7 7h10v3l4-4-4-4v3H5v6h2V7zm10 10H7v-3l-4 4 4 4v-3h12v-6h-2v4z"/></svg>
    </button>
    <select class="speed" aria-label="Frames a second" title="Frames a second (- and +)"></select>
  </div>
  <div class="line below">
    <output></output>
    <div class="views" role="radiogroup" aria-label="What is shown"></div>
    <select class="against" aria-label="Difference to"></select>
  </div>
</div>
"""

CSS = """
.player { font: .9rem var(--st-font); color: var(--st-text-color); display: grid; gap: .35rem; }
.line { display: flex; align-items: center; gap: .6rem; flex-wrap: wrap; min-height: 2.2rem; }
.line input { flex: 1 1 12rem; min-width: 8rem; accent-color: var(--st-primary-color); height: 1.6rem; cursor: pointer; }
output { flex: 1 1 14rem; opacity: .8; font-variant-numeric: tabular-nums; }
button, select {
  font: inherit; color: inherit; background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); height: 2.1rem; cursor: pointer;
}
select { padding: 0 .4rem; max-width: 14rem; }
.play, .loop { width: 2.4rem; display: grid; place-items: center; padding: 0; flex: none; }
.play { background: var(--st-primary-color); border-color: var(--st-primary-color); }
.play svg { fill: #fff; }
svg { width: 1.15rem; height: 1.15rem; fill: currentColor; }
.loop[aria-pressed="true"], .views [aria-checked="true"] {
  border-color: var(--st-primary-color); background: color-mix(in srgb, var(--st-primary-color) 18%, var(--st-background-color));
}
.views { display: flex; }
.views button { border-radius: 0; margin-left: -1px; padding: 0 .8rem; }
.views button:first-child { border-radius: var(--st-base-radius) 0 0 var(--st-base-radius); margin-left: 0; }
.views button:last-child { border-radius: 0 var(--st-base-radius) var(--st-base-radius) 0; }
:is(button, select, input):focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
:is(button, select):hover { border-color: var(--st-text-color); }
"""

JS = """
const PLAY = '<svg viewBox="0 0 24 24"><path d="M7 4.5v15l12-7.5z"/></svg>';
const PAUSE = '<svg viewBox="0 0 24 24"><path d="M6 5h4v14H6zM14 5h4v14h-4z"/></svg>';
const SPEEDS = [2, 5, 10, 20], REST_MS = 700, HOLD_MS = 900;

export default function ({ data, parentElement, setTriggerValue }) {
  const find = (selector) => parentElement.querySelector(selector);
  const root = find(".player"), slide = find("input"), play = find(".play"), loop = find(".loop"), speed = find(".speed");
  const views = find(".views"), against = find(".against"), words = find("output");
  // What outlives a run of the script lies on the element, which Streamlit keeps.
  const own = (root.own ??= { playing: false, loop: true, speed: 5, at: null, view: null, against: null, rest: 0, said: "" });
  const last = data.names.length - 1;
  const at = () => Math.round(stage.share * last);

  // A link or the Back button decides when it says something new; an echo of what was said from here does not.
  for (const what of ["at", "view", "against"]) {
    if (own[what] !== data[what] && own.said !== `${what} ${data[what]}`) {
      if (what === "at") stage.share = last ? data.at / last : 1;
      else stage[what] = data[what];
    }
    own[what] = data[what];
  }

  function show() {
    Object.assign(slide, { max: last, value: at() });
    slide.setAttribute("aria-valuetext", data.names[at()]);
    words.textContent = data.names[at()];
    play.innerHTML = own.playing ? PAUSE : PLAY;
    play.setAttribute("aria-label", own.playing ? "Pause" : "Play");
    play.title = own.playing ? "Pause (space)" : "Play (space)";
    loop.setAttribute("aria-pressed", own.loop);
    speed.value = own.speed;
    [...views.children].forEach((button) => {
      const on = button.value === stage.view;
      button.setAttribute("aria-checked", on);
      button.tabIndex = on ? 0 : -1;
    });
    against.hidden = stage.view !== "difference";
    against.value = stage.against;
    root.dataset.at = at();
  }

  function rest() {
    clearTimeout(own.rest);
    own.rest = setTimeout(() => {
      if (own.playing) return;
      const now = { at: at(), view: stage.view, against: stage.view === "difference" ? stage.against : data.against };
      const changed = Object.keys(now).filter((what) => now[what] !== own[what]);
      if (!changed.length || stage.ready !== data.mark) return;
      own.said = `${changed[0]} ${now[changed[0]]}`;
      setTriggerValue("said", { ...now, last });
    }, REST_MS);
  }

  function moved() { show(); announce("move"); rest(); }
  function to(k) { stage.share = last ? Math.min(Math.max(k, 0), last) / last : 1; moved(); }
  function toggle(on) {
    own.playing = on;
    if (on && at() === last) to(0);
    own.next = performance.now() + 1000 / own.speed;
    moved();
  }

  const needed = () => (stage.view === "x0_hat" ? "x0_hat" : "x");
  // A column that could not be drawn has no film of this mark, and is not waited for.
  const complete = (view) => data.ids.every((id, k) => {
    const film = stage.films.get(id);
    return film?.mark !== data.marks[k] || film.pixels[view];
  });
  function want() {
    if (stage.ready !== data.mark || complete(needed())) return;
    const wish = `${data.mark} ${needed()}`;
    if (own.wish === wish && performance.now() - own.wished < 5000) return;
    Object.assign(own, { wish, wished: performance.now() });
    setTriggerValue("want", { view: needed(), mark: data.mark });
  }

  let tick = 0;
  function clock(now) {
    tick = requestAnimationFrame(clock);
    if (!own.playing || now < own.next) return;
    if (!complete(needed())) { want(); return; }
    const k = at();
    if (k < last) { to(k + 1); own.next = Math.max(own.next + 1000 / own.speed, now); if (at() === last) own.next = now + HOLD_MS; }
    else if (own.loop) { to(0); own.next = now + 1000 / own.speed; }
    else toggle(false);
  }
  tick = requestAnimationFrame(clock);

  if (speed.children.length === 0) SPEEDS.forEach((n) => speed.add(new Option(`${n} fps`, n)));
  views.replaceChildren(...Object.entries(data.views).map(([value, label]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", value, textContent: label, title: data.help[value] });
    button.setAttribute("role", "radio");
    button.onclick = () => { stage.view = value; moved(); want(); };
    return button;
  }));
  if (!data.ids.includes(stage.against)) stage.against = data.ids.includes(data.against) ? data.against : data.ids[0];
  against.replaceChildren(...data.ids.map((id, k) => new Option(`to ${data.labels[k]}`, id)));

  slide.oninput = () => { own.playing = false; to(Number(slide.value)); };
  play.onclick = () => toggle(!own.playing);
  loop.onclick = () => { own.loop = !own.loop; show(); };
  speed.onchange = () => { own.speed = Number(speed.value); };
  against.onchange = () => { stage.against = against.value; moved(); };
  root.onkeydown = (event) => {
    const choosing = event.target.tagName === "SELECT";
    const inViews = event.target.parentElement === views;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === " " && event.target !== loop && !inViews && !choosing) toggle(!own.playing);
    else if (by && inViews) {
      const all = [...views.children], next = all[(all.indexOf(event.target) + by + all.length) % all.length];
      next.click(); next.focus();
    } else if (by && !choosing) { own.playing = false; to(at() + by); }
    else if (event.key === "Home" && !choosing) { own.playing = false; to(0); }
    else if (event.key === "End" && !choosing) { own.playing = false; to(last); }
    else if (event.key.toLowerCase() === "l" && !choosing) loop.click();
    else if ("+-".includes(event.key) && !choosing) {
      const k = SPEEDS.indexOf(own.speed) + (event.key === "+" ? 1 : -1);
      own.speed = SPEEDS[Math.min(Math.max(k, 0), SPEEDS.length - 1)];
      show();
    } else return;
    event.preventDefault();
  };
  // Fetched when somebody is about to use it, so that the first picture of the screen is not held up by what few look at.
  root.onpointerenter = root.onfocusin = want;
  const ready = () => { if (at() < last || stage.view !== "x" || root.matches(":hover, :focus-within")) want(); };
  stage.addEventListener("missing", want);
  stage.addEventListener("ready", ready);
  show();
  announce("move");
  return () => {
    cancelAnimationFrame(tick);
    stage.removeEventListener("missing", want);
    stage.removeEventListener("ready", ready);
  };
}
"""

_PLAYER = st.components.v2.component("tdot_player", html=HTML, css=CSS, js=STAGE_JS + JS)

HELP = {
    "x": "The noisy image itself, as the chain holds it at t",
    "x0_hat": "What the network sees coming: the clean image that its prediction of the noise implies at t",
    "difference": "Half the difference to another column, around grey",
}


@dataclass(frozen=True)
class Track:
    """One column as the player knows it. id, mark: of its film; label: its name; times: the t of its states, t* first."""

    id: str
    mark: str
    label: str
    times: tuple[int, ...]


def player(tracks: Sequence[Track], mark: str) -> None:
    """Show the player for the columns that can be drawn; mark: text that differs when any of their pictures may.

    Where it stands, the view and the column compared with are in the address once it rests.
    """
    names, ids = state_names([track.times for track in tracks]), [track.id for track in tracks]
    explain("at", low=0, high=len(names) - 1)
    explain("view", known=VIEWS)
    data = {
        "names": names,
        "views": VIEWS,
        "help": HELP,
        "ids": ids,
        "labels": [track.label for track in tracks],
        "marks": [track.mark for track in tracks],
        "mark": mark,
        "at": _place(len(names) - 1),
        "view": next((v for v in asked("view") if v in VIEWS), "x"),
        "against": next((c for c in asked("against") if c in ids), next(iter(ids), "")),
    }
    _PLAYER(key=KEY, data=data, on_said_change=_note, on_want_change=_want)


def _place(last: int) -> int:
    said = [int(text) for text in asked("at") if text.isdecimal() and int(text) <= last]
    return said[0] if said else last


def _note() -> None:
    said = st.session_state[KEY]["said"] or {}
    view = str(said.get("view"))
    at = None if said.get("at") == said.get("last") else said.get("at")
    put(at=at, view=None if view == "x" else view, against=said.get("against") if view == "difference" else None)


def _want() -> None:
    wish = st.session_state[KEY]["want"] or {}
    held = st.session_state.setdefault(WANTED, {})
    if wish.get("mark") and wish.get("view") in ("x", "x0_hat"):
        st.session_state[WANTED] = {wish["mark"]: {*held.get(wish["mark"], ()), wish["view"]}}


def wanted(mark: str) -> list[str]:
    """Return which reels of a request the browser asked for, x before x0_hat."""
    return sorted(st.session_state.get(WANTED, {}).get(mark, ()))


def state_names(times: Sequence[Sequence[int]]) -> list[str]:
    """Return what each state is called: by its t where all columns share their times, else by its place along the chain."""
    most = max((len(one) for one in times), default=2)
    if len({tuple(one) for one in times}) == 1:
        return [_name(k, t, most - 1) for k, t in enumerate(times[0])]
    return [f"{k} of {most - 1} states after the start" if 0 < k < most - 1 else _END[bool(k)] for k in range(most)]


_END = {False: "The starts, each column at its own t*", True: "The results, t = 0"}


def _name(k: int, t: int, last: int) -> str:
    if k == last:
        return "The results, t = 0"
    return f"t = {t}{', the start' if k == 0 else ''} \N{MIDDLE DOT} {noise_label(t)}"
