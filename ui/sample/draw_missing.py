"""Drawing the columns that are not there yet, one after another, each shown as it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.errors import TdotError
from ui import cached
from ui.sample.column import Column
from ui.sample.columns import in_line, progress, to_come, waiting
from ui.sample.drawing import Waiting, stream
from ui.sample.request import KEPT_FRAMES, SampleRequest
from ui.sample.store import made_of, sample_store
from ui.server.pace import LOADING, call_of, calls_of, pace
from ui.words import plain

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import Order, SampleChunk
    from tdot_core.services.sampling.loading import LoadedPrior

Show = Callable[[Column], None]
SOON = 0.3


def draw_missing(columns: list[Column], request: SampleRequest, show: Show) -> None:
    """Draw what is missing, one column after another; a click anywhere ends it. show: puts a drawn column on screen."""
    missing = [column for column in columns if column.missing]
    if st.session_state.get("stopped") == request:
        _say_stopped(missing)
        return
    missing[0].body.html(waiting(request.n))
    _load_all(missing)
    queue = [column for column in missing if column.order is not None and not _recalled(column, show)]
    if queue:
        _stream(queue, show)


def _say_stopped(missing: list[Column]) -> None:
    for column in missing:
        column.body.info("Stopped before this was drawn.", icon=":material/stop_circle:")
    if st.button("Draw the rest", type="primary", key="draw-rest"):
        st.session_state.pop("stopped")
        st.rerun()


def _load_all(missing: list[Column]) -> None:
    """Load what the columns need, saying so; what was loaded before takes no time and is not measured."""
    for column in missing:
        column.lines.html(to_come("loading the networks", pace().seconds(LOADING)))
    begun = time.monotonic()
    for column in missing:
        _load(column)
    if time.monotonic() - begun > SOON:
        pace().note(LOADING, time.monotonic() - begun)


def _load(column: Column) -> None:
    """Load a column's denoiser and prior; what cannot be loaded or used says so in the column."""
    from tdot_core.services.sampling.generate import Order, check_priors

    try:
        order = Order(cached.prior(column.choice.name), cached.net(column.request.net), column.request.settings())
        check_priors([order.prior], order.net, order.settings)
        column.order = order
    except TdotError as error:
        column.problem = str(error)
        column.body.error(plain(column.problem), icon=":material/error:")


def _recalled(column: Column, show: Show) -> bool:
    """Show the column when the same content was drawn under another name."""
    made = _made(column.order)
    sample_store().remember(column.asked, made)
    column.drawn = sample_store().get(made)
    if column.drawn is not None:
        show(column)
    return column.drawn is not None


def _made(order: Order | None) -> str:
    assert order is not None
    return made_of(order.prior, order.net, order.settings, KEPT_FRAMES)


def _stream(queue: list[Column], show: Show) -> None:
    left, since = list(queue), time.monotonic()
    chunks: list[SampleChunk] = []
    with closing(stream([c.order for c in queue if c.order], frames=KEPT_FRAMES)) as results:
        for chunk in results:
            if isinstance(chunk, Waiting):
                left[0].lines.html(in_line(chunk.ahead, chunk.seconds))
                since = time.monotonic()
                if _drawn_by_others(queue, show):
                    return
            elif chunk is None:
                _say_how_long(left, _count(chunks), time.monotonic() - since)
            else:
                chunks.append(chunk)
                since = time.monotonic()
                _measure(left[0], chunk)
                if _count(chunks) == left[0].request.n:
                    _end(left[0], chunks, show)
                    chunks, left = [], left[1:]
    pace().keep()


def _measure(column: Column, chunk: SampleChunk) -> None:
    from tdot_core.services.compute.chunks import chunk_of

    assert column.order is not None
    seconds, size = chunk.seconds_chain / chunk.nfe, chunk_of(column.order.prior.prior.device)
    pace().note(column.order.net.fingerprint, seconds)
    pace().note(call_of(cached.stamp(column.request.net)), seconds / size)


def _say_how_long(left: list[Column], done: int, spent: float) -> None:
    """Say in every column that is still to come how long it takes. done: images of the first; spent: seconds since the last chunk."""
    calls = 0.0
    for place, column in enumerate(left):
        assert column.order is not None
        calls += calls_of(column.order) * (1 - done / column.request.n if place == 0 else 1)
        seconds = pace().drawing(column.order, calls)
        seconds = None if seconds is None else seconds - spent
        column.lines.html(progress(done, column.request.n, seconds) if place == 0 else to_come("comes next", seconds))


def _count(chunks: list[SampleChunk]) -> int:
    return sum(len(chunk.seeds) for chunk in chunks)


def _end(column: Column, chunks: list[SampleChunk], show: Show) -> None:
    assert column.order is not None
    column.drawn = sample_store().put(_made(column.order), chunks, _note(column.order.prior, column.request.n))
    show(column)


def _drawn_by_others(queue: list[Column], show: Show) -> bool:
    """Show every column when others in the line asked for the same and have it by now; returns whether they had all."""
    if not all(sample_store().get(_made(column.order)) for column in queue):
        return False
    return all(_recalled(column, show) for column in queue)


def _note(loaded: LoadedPrior, n: int) -> str:
    limit = loaded.prior.limit()
    return f"Holds {limit:,} images, fewer than asked for: they repeat." if limit is not None and limit < n else ""
