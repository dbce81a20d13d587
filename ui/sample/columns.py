"""The head of one prior's column, and what stands in its place while or instead of being drawn."""

from __future__ import annotations

from html import escape

import streamlit as st

from tdot_core.services.catalogue.priors import PriorChoice
from ui.palette import prior_style
from ui.sample.request import SampleRequest, origin
from ui.sample.store import Drawn
from ui.words import rough, seconds_text

STYLE = """
<style>
.tdot-head { display: flex; align-items: center; gap: .45rem; font-weight: 600; border-bottom: 3px solid; padding-bottom: .2rem; }
.tdot-head span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tdot-line { font-size: .82rem; opacity: .75; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.5; }
.tdot-how { white-space: normal; min-height: 3em; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.tdot-line b { font-weight: 600; opacity: 1; }
.tdot-wait { display: grid; grid-template-columns: repeat(auto-fill, 64px); gap: 2px; animation: tdot-wait 1.4s ease-in-out infinite; }
.tdot-wait i { height: 64px; border-radius: 2px; background: currentColor; opacity: .12; }
.tdot-score { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.tdot-score :is(th, td) { text-align: right; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.tdot-score :is(th, td):first-child { text-align: left; }
.st-key-reels, .st-key-preview-watch { position: absolute; height: 0; overflow: hidden; }
[role="dialog"] [data-testid="stImage"] img { max-width: 160px; }
@keyframes tdot-wait { 50% { opacity: .45; } }
@media (prefers-reduced-motion: reduce) { .tdot-wait { animation: none; } }
</style>
"""


def use_style() -> None:
    """Add the columns' style to the page."""
    st.html(STYLE)


def head(label: str, choice: PriorChoice, request: SampleRequest) -> None:
    """Show a column's label in its prior's colour and how the prior comes to x_{t*}."""
    said = "" if label == choice.label else f"{choice.label}, "
    name, how = escape(label), escape(said + origin(choice, request.t_star))
    st.html(
        f'<div class="tdot-head" style="border-color: {prior_style(choice.key).color}"><span title="{name}">{name}</span></div>'
        f'<div class="tdot-line tdot-how" title="{how}">{how}</div>'
    )


def cost(drawn: Drawn | None) -> str:
    """Return the lines below a head as HTML: seconds per image and network forwards; blank ones before they are known."""
    if drawn is None:
        return '<div class="tdot-line">&nbsp;</div><div class="tdot-line">&nbsp;</div>'
    chunk = drawn.chunks[0]
    forwards = f"NFE {chunk.nfe}" + (f" + {chunk.nfe_prior} of the prior" if chunk.nfe_prior else "")
    if drawn.shipped:
        return _lines("as shipped with TDOT", forwards)
    prior, chain = drawn.seconds
    split = f"{seconds_text(prior)} prior + {seconds_text(chain)} chain"
    return (
        f'<div class="tdot-line" title="{split}, measured when it was drawn"><b>{seconds_text(prior + chain)}</b> per image</div>'
        f'<div class="tdot-line" title="Forwards of the denoiser, and of the prior\'s own network">{forwards}</div>'
        + (f'<div class="tdot-line" title="{escape(drawn.note)}">{escape(drawn.note)}</div>' if drawn.note else "")
    )


def progress(done: int, n: int, left: float | None) -> str:
    """Return the lines below a head while its images are drawn, as HTML. left: seconds, None where nothing was measured yet."""
    return _lines(f"drawing, {done} of {n} done" if done else "drawing", _about(left, "left"))


def in_line(ahead: int, left: float | None) -> str:
    """Return the lines below a head while other requests are drawn first, as HTML. left: seconds until its turn."""
    return _lines(f"waiting, place {ahead + 1} in line", _about(left, "until its turn"))


def to_come(what: str, left: float | None) -> str:
    """Return the lines below a head that waits for something else on this screen, as HTML."""
    return _lines(what, _about(left, "left"))


def _about(seconds: float | None, what: str) -> str:
    if seconds is None:
        return "first time here: not measured yet"
    return f"about {rough(max(seconds, 1))} {what}" if seconds >= 0.5 else "any moment"


def _lines(first: str, second: str) -> str:
    return f'<div class="tdot-line" title="{first}">{first}</div><div class="tdot-line" title="{second}">{second}</div>'


def waiting(n: int) -> str:
    """Return n grey tiles as HTML, which hold the place of images to come."""
    return f'<div class="tdot-wait" aria-label="Waiting to be drawn">{"<i></i>" * n}</div>'


def explain_below(choice: PriorChoice, sentence: str, t_star: int) -> None:
    """Say why a prior cannot serve t_star, and lead to training one that can, with the form filled in."""
    st.info(sentence)
    if st.button(
        f"Train one at {t_star}", key=f"train-{choice.name}", type="primary", icon=":material/model_training:"
    ):
        st.switch_page("pages/priors.py", query_params={"view": "train", "prior": choice.key, "t_train": str(t_star)})
