"""A coarse drawing while the slider of t* moves: few images, few calls. The full one comes when it is let go."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui.sample.request import SampleRequest

KEY, SLIDER = "preview", "t_star"
IMAGES, CALLS = 4, 4

JS = """
// Streamlit tells the server only where the slider is let go; its handle says at every moment where it is.
const LOOK_MS = 120;

export default function ({ data, setTriggerValue }) {
  const place = document.querySelector(data.slider);
  // What outlives a run of the script, and with it a drag, lies on the window.
  const own = (window.tdotPreview ??= { watch: 0, seen: null, said: null });
  Object.assign(own, { say: (t) => setTriggerValue("moving", { t }), t: data.t });
  const handle = () => document.querySelector(`${data.slider} input[type=range], ${data.slider} [role=slider]`);
  const now = () => { const one = handle(); return Number(one?.getAttribute("aria-valuenow") ?? one?.value); };

  function look() {
    const t = now(), rests = t === own.seen;
    own.seen = t;
    if (rests && t !== (own.said ?? own.t)) own.say(own.said = t);
  }
  function down() { clearInterval(own.watch); Object.assign(own, { seen: null, said: null, watch: setInterval(look, LOOK_MS) }); }
  function up() {
    clearInterval(own.watch);
    // Let go where it was taken, it is no new choice for the server: the full pictures come back from here.
    if (own.said !== null && now() === own.t) own.say(null);
    own.said = null;
  }
  place?.addEventListener("pointerdown", down, true);
  window.addEventListener("pointerup", up, true);
  window.addEventListener("pointercancel", up, true);
  return () => {
    place?.removeEventListener("pointerdown", down, true);
    window.removeEventListener("pointerup", up, true);
    window.removeEventListener("pointercancel", up, true);
  };
}
"""

_WATCH = st.components.v2.component("tdot_preview", html="<i hidden></i>", js=JS)


def moving_to(request: SampleRequest) -> int | None:
    """Watch the slider of t* and return where it is being moved to in this run of the fragment, None while it rests."""
    data = {"slider": f".st-key-{SLIDER}", "t": request.t_star}
    with st.container(key=f"{KEY}-watch", gap=None):
        said = _WATCH(key=KEY, data=data, on_moving_change=lambda: None).moving or {}
    t = said.get("t")
    return int(t) if isinstance(t, int | float) and 1 <= t <= 1000 else None


def coarse(request: SampleRequest, t_star: int) -> SampleRequest:
    """Return what is drawn of a request while its t* is still moving."""
    return replace(request, t_star=t_star, n=min(request.n, IMAGES), n_steps=min(request.n_steps, CALLS))
