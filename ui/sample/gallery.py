"""Every column from the same seeds; one player moves them all along their chains."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial

import streamlit as st

from tdot_core.services.catalogue.priors import PriorChoice
from ui.pickers.priors import below_sentence
from ui.sample.closer_look import closer_look
from ui.sample.column import Column, look_up, mark_of
from ui.sample.columns import cost, explain_below, head, use_style, waiting
from ui.sample.downloads import downloads
from ui.sample.draw_missing import draw_missing
from ui.sample.film import film
from ui.sample.look import choose_look, look_at, looked_at
from ui.sample.player import Track, player, wanted
from ui.sample.preview import coarse, moving_to
from ui.sample.reels import all_here, reel
from ui.sample.request import SampleRequest, rows_of
from ui.sample.vote import vote
from ui.words import plain


@st.fragment
def gallery(request: SampleRequest, choices: Mapping[str, PriorChoice]) -> None:
    """Show the columns, draw what is missing, and below them one image large in all columns."""
    use_style()
    along, look = st.columns([4, 1], vertical_alignment="top")
    with look:
        choose_look(request)
        note = st.empty()
    moving = moving_to(request)
    if moving is not None:
        request = coarse(request, moving)
        note.caption(f"Coarse at t\\* = {moving}: let go for all")
    columns = look_up(request, choices)
    mark = mark_of(columns)
    with along:
        player([_track(column) for column in columns if not column.problem], mark)
    _place(columns)
    if any(column.missing for column in columns):
        draw_missing(columns, request, _show)
    drawn = [column for column in columns if column.drawn is not None]
    if drawn and moving is None:
        downloads(drawn, request)
        if not vote(drawn, request):
            closer_look(drawn, request)
        _send_reels(drawn, mark)


def _track(column: Column) -> Track:
    return Track(column.id, column.request.mark, column.label, column.request.times)


def _send_reels(drawn: list[Column], mark: str) -> None:
    """Send what the browser asked for, behind everything else of the screen."""
    with st.container(key="reels", gap=None):
        for view in wanted(mark):
            for column in drawn:
                assert column.drawn is not None
                reel(column.drawn, view, id=column.id, mark=column.request.mark)
        all_here(mark)


def _place(columns: list[Column]) -> None:
    """Show what is there and hold the place of what is to come, so that nothing jumps."""
    left = list(columns)
    for count in rows_of(len(columns)):
        for place, column in zip(st.columns(max(count, 2)), left[:count], strict=False):
            with place.container(key=f"column-{column.id}", gap="xsmall"):
                _fill(column)
        left = left[count:]


def _fill(column: Column) -> None:
    head(column.label, column.choice, column.request)
    if column.problem:
        _explain(column)
    elif column.drawn is not None:
        _show(column)
    else:
        # Placeholders stand where the pictures will, element for element: nothing is built anew when they come.
        column.lines, column.body = st.empty(), st.empty()
        column.lines.html(cost(None))
        column.body.html(waiting(column.request.n))


def _explain(column: Column) -> None:
    if below := below_sentence(column.choice, column.request.t_star):
        explain_below(column.choice, below, column.request.t_star)
    else:
        st.error(plain(column.problem), icon=":material/error:")


def _show(column: Column) -> None:
    assert column.drawn is not None
    request, key = column.request, f"tiles-{column.id}"
    (column.lines or st).html(cost(column.drawn))
    with column.body or nullcontext():
        film(
            column.drawn,
            [f"seed {seed}" for seed in range(request.seed, request.seed + request.n)],
            id=column.id,
            label=column.label,
            mark=request.mark,
            key=key,
            picked=looked_at(request),
            on_pick=partial(_pick, key, request.seed),
        )


def _pick(key: str, first_seed: int) -> None:
    look_at(first_seed + int(st.session_state[key]["picked"]))
