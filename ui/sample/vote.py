"""The blind vote: two images of one seed, which of them looks better, and what many such choices add up to."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from tdot_core.services.votes.ballots import Standing, Vote, cast, cast_votes, standings, votes_csv
from ui.address import explain
from ui.page import guarded
from ui.sample.column import Column
from ui.sample.request import SampleRequest
from ui.widgets.readonly import read_only_note
from ui.words import whole_percent

OPEN, PAIR = "vote", "vote-pair"
SIDE_SCALE = 8
FEW = 10
"""Votes per contestant below which the score is not yet worth reading, and says so."""


@dataclass(frozen=True)
class Pair:
    """Two columns, by number, and which of the images: what is on screen without names."""

    a: int
    b: int
    k: int


def vote_button(columns: Sequence[Column]) -> None:
    """Show the button that opens the vote, where there are two columns to choose between."""
    st.button(
        "Blind vote",
        key="open-vote",
        icon=":material/how_to_vote:",
        on_click=_open,
        disabled=len(columns) < 2,
        help="Two images of one seed without their names: which looks more like a photograph?",
    )


def _open() -> None:
    st.session_state[OPEN] = True
    st.query_params[OPEN] = "1"


def _close() -> None:
    st.session_state.pop(OPEN, None)
    st.query_params.pop(OPEN, None)


def vote(columns: Sequence[Column], request: SampleRequest) -> bool:
    """Open the vote over the page when it was asked for, by the button or the address; returns whether it is open."""
    explain(OPEN, known=("1",))
    asked = len(columns) > 1 and (st.session_state.get(OPEN) or st.query_params.get(OPEN) == "1")
    if asked:
        st.dialog("Which looks more like a photograph?", width="large", on_dismiss=_close)(_body)(columns, request)
    return bool(asked)


def _body(columns: Sequence[Column], request: SampleRequest) -> None:
    names = [contestant(column) for column in columns]
    if not read_only_note():
        pair = _pair(names, request.n)
        _show(columns, pair)
        _buttons(names, pair, request)
    votes = cast_votes()
    rows = standings(votes, names)
    counted = sum(row.votes for row in rows) // 2
    st.caption(
        f"{counted} vote{'' if counted == 1 else 's'} between these columns, {len(votes)} in all, kept on this machine."
    )
    if st.toggle(
        "Show the score", key="vote-score", help="Better looked at when you have voted: knowing it sways the eye"
    ):
        st.html(score_table(rows, {name: column.label for name, column in zip(names, columns, strict=True)}))
    st.download_button(
        "All votes (CSV)",
        votes_csv(votes),
        "tdot-votes.csv",
        "text/csv",
        key="votes-csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not votes,
    )


def contestant(column: Column) -> str:
    """Return what a column competes as: its prior's run and the settings that its images depend on, but for the seeds."""
    request, choice = column.request, column.choice
    eta = "" if request.eta is None else f" eta={request.eta:g}"
    clip = "" if request.clip_x0 else " unclipped"
    return f"{choice.run or choice.name} t={request.t_star} {request.sampler}{eta} {request.walked} {request.grid} {request.net}{clip}"


def _pair(names: Sequence[str], n: int) -> Pair:
    """Return the pair on screen; a new one after every vote and whenever the columns are others."""
    held = st.session_state.get(PAIR)
    if held is None or held[0] != (tuple(names), n):
        a = secrets.randbelow(len(names))
        b = (a + 1 + secrets.randbelow(len(names) - 1)) % len(names)
        held = st.session_state[PAIR] = ((tuple(names), n), Pair(a, b, secrets.randbelow(n)))
    return held[1]


def _show(columns: Sequence[Column], pair: Pair) -> None:
    for place, name, number in zip(st.columns(2), "AB", (pair.a, pair.b), strict=True):
        drawn = columns[number].drawn
        assert drawn is not None
        image = drawn.at(-1)[pair.k].repeat(SIDE_SCALE, axis=0).repeat(SIDE_SCALE, axis=1)
        with place.container(horizontal_alignment="center", key=f"vote-{name}"):
            st.image(image, name, output_format="PNG", alt=f"Image {name}")


def _buttons(names: Sequence[str], pair: Pair, request: SampleRequest) -> None:
    labels = {"a": "A looks better", "tie": "Cannot tell", "b": "B looks better"}
    keys = {"a": "A", "tie": "T", "b": "B"}
    for place, (choice, label) in zip(st.columns(3), labels.items(), strict=True):
        place.button(
            label,
            key=f"vote-for-{choice}",
            on_click=_cast,
            args=(names[pair.a], names[pair.b], request.seed + pair.k, choice),
            width="stretch",
            shortcut=keys[choice],
        )


def _cast(a: str, b: str, seed: int, choice: str) -> None:
    with guarded():
        cast(Vote(a, b, seed, choice))
        st.session_state.pop(PAIR, None)


def score_table(rows: Sequence[Standing], labels: dict[str, str]) -> str:
    """Return the standings as an HTML table, best first; a score from few votes says so."""
    head = "<tr><th>Column</th><th>Preferred to the average</th><th>95 % interval</th><th>Votes</th></tr>"
    body = "".join(
        f"<tr><td>{escape(labels[row.name])}</td><td>{whole_percent(row.chance)}</td><td>{whole_percent(row.low)} to {whole_percent(row.high)}</td>"
        f"<td>{row.votes}{' (few)' if row.votes < FEW else ''}</td></tr>"
        for row in rows
    )
    return f'<table class="tdot-score" aria-label="Score of the blind vote">{head}{body}</table>'
