"""The head of one prior's column, and what stands in its place while or instead of being drawn."""

from __future__ import annotations

from html import escape

import streamlit as st

from tdot_core.services.prior_catalogue import PriorChoice
from ui.palette import prior_style
from ui.sample_request import SampleRequest, origin, seconds_text
from ui.sample_store import Drawn

STYLE = """
<style>
.tdot-head { display: flex; align-items: center; gap: .45rem; font-weight: 600; border-bottom: 3px solid; padding-bottom: .2rem; }
.tdot-head span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tdot-line { font-size: .82rem; opacity: .75; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.5; }
.tdot-how { white-space: normal; min-height: 3em; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.tdot-line b { font-weight: 600; opacity: 1; }
.tdot-wait { display: grid; grid-template-columns: repeat(auto-fill, 64px); gap: 2px; animation: tdot-wait 1.4s ease-in-out infinite; }
.tdot-wait i { height: 64px; border-radius: 2px; background: currentColor; opacity: .12; }
[role="dialog"] [data-testid="stImage"] img { max-width: 160px; }
@keyframes tdot-wait { 50% { opacity: .45; } }
@media (prefers-reduced-motion: reduce) { .tdot-wait { animation: none; } }
</style>
"""


def use_style() -> None:
    """Add the columns' style to the page."""
    st.html(STYLE)


def head(choice: PriorChoice, request: SampleRequest) -> None:
    """Show a prior's name in its colour and how it comes to x_{t*}."""
    name, how = escape(choice.label), escape(origin(choice, request.t_star))
    st.html(
        f'<div class="tdot-head" style="border-color: {prior_style(choice.key).color}"><span title="{name}">{name}</span></div>'
        f'<div class="tdot-line tdot-how" title="{how}">{how}</div>'
    )


def cost(drawn: Drawn | None) -> str:
    """Return the lines below a head as HTML: seconds per image and network forwards; blank ones before they are known."""
    if drawn is None:
        return '<div class="tdot-line">&nbsp;</div><div class="tdot-line">&nbsp;</div>'
    prior, chain = drawn.seconds
    chunk = drawn.chunks[0]
    split = f"{seconds_text(prior)} prior + {seconds_text(chain)} chain"
    forwards = f"NFE {chunk.nfe}" + (f" + {chunk.nfe_prior} of the prior" if chunk.nfe_prior else "")
    return (
        f'<div class="tdot-line" title="{split}, measured when it was drawn"><b>{seconds_text(prior + chain)}</b> per image</div>'
        f'<div class="tdot-line" title="Forwards of the denoiser, and of the prior\'s own network">{forwards}</div>'
        + (f'<div class="tdot-line" title="{escape(drawn.note)}">{escape(drawn.note)}</div>' if drawn.note else "")
    )


def progress(done: int, n: int, seconds: float) -> str:
    """Return the lines below a head while its images are drawn, as HTML."""
    text = f"drawing, {done} of {n} done" if done else "drawing"
    return f'<div class="tdot-line">{text}</div><div class="tdot-line">{seconds_text(seconds)}</div>'


def in_line(ahead: int, seconds: float) -> str:
    """Return the lines below a head while others are drawn first, as HTML."""
    return f'<div class="tdot-line">waiting, place {ahead + 1} in line</div><div class="tdot-line">{seconds_text(seconds)}</div>'


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
