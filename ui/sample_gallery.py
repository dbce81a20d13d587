"""Every prior in one column, drawn from the same seeds; one slider moves them all along their chains."""

from __future__ import annotations

import time
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.prior_catalogue import PriorChoice
from ui import cached
from ui.page import plain
from ui.sample_closer import closer_look
from ui.sample_columns import cost, explain_below, head, in_line, progress, use_style, waiting
from ui.sample_downloads import downloads
from ui.sample_request import SampleRequest, below_sentence, rows_of
from ui.sample_scrubber import LOOK, scrubber
from ui.sample_store import Drawn, made_of, sample_store
from ui.sample_stream import Waiting, stream
from ui.tile_grid import tile_grid

if TYPE_CHECKING:
    from tdot_core.services.loading import LoadedNet, LoadedPrior
    from tdot_core.services.sampling import SampleSettings


@dataclass
class Column:
    """One prior on screen: what it is, where its lines and pictures go, and what is known of it by now."""

    choice: PriorChoice
    asked: str
    problem: str = ""
    drawn: Drawn | None = None
    lines: Any = None
    body: Any = None
    loaded: LoadedPrior | None = None

    @property
    def missing(self) -> bool:
        """Return whether there is something left to draw."""
        return self.drawn is None and not self.problem


def look_up(request: SampleRequest, choices: dict[str, PriorChoice]) -> list[Column]:
    """Return a column per prior, with its images where they were drawn before, or why it cannot serve; loads no model."""
    columns, net, broken = [], "", ""
    try:
        net = cached.stamp(request.net)
    except TdotError as error:
        broken = str(error)
    for name in request.names:
        column = Column(choices[name], "", below_sentence(choices[name], request.t_star) or broken)
        try:
            column.asked = f"{name} {cached.stamp(name)} {request.net} {net} {request.mark}"
        except TdotError as error:
            column.problem = column.problem or str(error)
        column.drawn = None if column.problem else sample_store().recall(column.asked)
        columns.append(column)
    return columns


@st.fragment
def gallery(request: SampleRequest, choices: dict[str, PriorChoice]) -> None:
    """Show the columns, draw what is missing, and below them one image large in all priors."""
    use_style()
    columns = look_up(request, choices)
    frame = scrubber(request)
    _place(columns, request, frame)
    if any(column.missing for column in columns):
        _draw(columns, request, frame)
    shown = [column for column in columns if column.drawn is not None]
    if shown:
        pictures = [(column.choice, column.drawn) for column in shown if column.drawn is not None]
        closer_look(request, pictures, frame)
        downloads(request, pictures)


def _place(columns: list[Column], request: SampleRequest, frame: int) -> None:
    """Show what is there and hold the place of what is to come, so that nothing jumps."""
    left = list(columns)
    for count in rows_of(len(columns)):
        for place, column in zip(st.columns(max(count, 2)), left[:count], strict=False):
            with place.container(key=f"column-{column.choice.name}".replace(":", "-"), gap="xsmall"):
                head(column.choice, request)
                if column.problem:
                    _explain(column, request)
                elif column.drawn is not None:
                    _show(column, request, frame)
                else:
                    # Placeholders stand where the pictures will, element for element: nothing is built anew when they come.
                    column.lines, column.body = st.empty(), st.empty()
                    column.lines.html(cost(None))
                    column.body.html(waiting(request.n))
        left = left[count:]


def _explain(column: Column, request: SampleRequest) -> None:
    if below := below_sentence(column.choice, request.t_star):
        explain_below(column.choice, below, request.t_star)
    else:
        st.error(plain(column.problem), icon=":material/error:")


def _show(column: Column, request: SampleRequest, frame: int) -> None:
    assert column.drawn is not None
    key, look = f"tiles-{column.choice.name}", st.session_state.get(LOOK)
    (column.lines or st).html(cost(column.drawn))
    with column.body or nullcontext():
        tile_grid(
            column.drawn.at(frame), [f"seed {seed}" for seed in range(request.seed, request.seed + request.n)],
            label=column.choice.label, key=key, picked=-1 if look is None else int(look) - request.seed,
            mark=f"{request.mark}-{frame}", on_pick=lambda: _pick(key, request.seed),
        )  # fmt: skip


def _pick(key: str, first_seed: int) -> None:
    seed = first_seed + int(st.session_state[key]["picked"])
    st.session_state[LOOK] = None if st.session_state.get(LOOK) == seed else seed


def _draw(columns: list[Column], request: SampleRequest, frame: int) -> None:
    """Draw what is missing, one column after another; a click anywhere ends it."""
    missing = [column for column in columns if column.missing]
    if st.session_state.get("stopped") == request:
        for column in missing:
            column.body.info("Stopped before this was drawn.", icon=":material/stop_circle:")
        if st.button("Draw the rest", type="primary", key="draw-rest"):
            st.session_state.pop("stopped")
            st.rerun()
        return
    missing[0].body.html(waiting(request.n))
    ready = _load(missing, request)
    if ready is None:
        return
    net, settings = ready
    queue = [
        column
        for column in missing
        if column.loaded is not None and not _recalled(column, net, settings, request, frame)
    ]
    if queue:
        _stream(queue, net, settings, request, frame)


def _load(missing: list[Column], request: SampleRequest) -> tuple[LoadedNet, SampleSettings] | None:
    """Load the denoiser and the priors; what cannot be loaded or used says so in its own column."""
    from tdot_core.services.sampling import check_priors

    settings = request.settings()
    try:
        net = cached.net(request.net)
    except TdotError as error:
        for column in missing:
            column.body.error(plain(str(error)), icon=":material/error:")
        return None
    for column in missing:
        try:
            column.loaded = cached.prior(column.choice.name)
            check_priors([column.loaded], net, settings)
        except TdotError as error:
            column.loaded, column.problem = None, str(error)
            column.body.error(plain(str(error)), icon=":material/error:")
    return net, settings


def _recalled(column: Column, net: LoadedNet, settings: SampleSettings, request: SampleRequest, frame: int) -> bool:
    """Show the column when the same content was drawn under another name."""
    assert column.loaded is not None
    made = made_of(column.loaded, net, settings, request.frames)
    sample_store().remember(column.asked, made)
    column.drawn = sample_store().get(made)
    if column.drawn is not None:
        _show(column, request, frame)
    return column.drawn is not None


def _stream(queue: list[Column], net: LoadedNet, settings: SampleSettings, request: SampleRequest, frame: int) -> None:
    begun, chunks = time.monotonic(), []
    waiting_columns = list(queue)
    with closing(stream([c.loaded for c in queue if c.loaded], net, settings, frames=request.frames)) as results:
        for chunk in results:
            column = waiting_columns[0]
            if isinstance(chunk, Waiting):
                column.lines.html(in_line(chunk.ahead, time.monotonic() - begun))
                if _drawn_by_others(queue, net, settings, request, frame):
                    return
            elif chunk is None:
                column.lines.html(progress(sum(len(c.seeds) for c in chunks), request.n, time.monotonic() - begun))
            else:
                chunks.append(chunk)
                if sum(len(c.seeds) for c in chunks) == request.n:
                    assert column.loaded is not None
                    made = made_of(column.loaded, net, settings, request.frames)
                    column.drawn = sample_store().put(made, chunks, _note(column.loaded, request.n))
                    _show(column, request, frame)
                    chunks, waiting_columns = [], waiting_columns[1:]


def _drawn_by_others(
    queue: list[Column], net: LoadedNet, settings: SampleSettings, request: SampleRequest, frame: int
) -> bool:
    """Show every column when others in the line asked for the same and have it by now; returns whether they had all."""
    store = sample_store()
    if not all(c.loaded and store.get(made_of(c.loaded, net, settings, request.frames)) for c in queue):
        return False
    return all(_recalled(column, net, settings, request, frame) for column in queue)


def _note(loaded: LoadedPrior, n: int) -> str:
    limit = loaded.prior.limit()
    return f"Holds {limit:,} images, fewer than asked for: they repeat." if limit is not None and limit < n else ""
