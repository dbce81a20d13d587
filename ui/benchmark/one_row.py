"""One row of the table, opened: its pictures, its numbers, its settings and the command that measures it again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.figures.points import nfe
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.commands import commands_of
from tdot_core.services.results.digits import number_text, places_of
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import SETTINGS
from ui import cached
from ui.address import put
from ui.page import show_error
from ui.widgets.tile_grid import tile_grid
from ui.words import plain

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import SampleSettings

OPENED, PICTURES = "row", 16


def show_row(item: TableRow) -> None:
    """Show one row: pictures from its own first seeds, its values, its settings, its command."""
    row = item.row
    with st.container(border=True, key="one-row"):
        head, close = st.columns([5, 1], vertical_alignment="center")
        start = f", t* = {row.t_star}, {row.sampler} in {row.n_steps} steps, {nfe(row)} calls" if row.t_star else ""
        head.markdown(f"**{plain(row.label)}**{plain(start)}")
        if close.button("Close", key="close-row", icon=":material/close:", type="tertiary"):
            put(**{OPENED: None})
            st.rerun()
        left, right = st.columns([1, 1], gap="large")
        with right:
            values, settings = st.tabs(["Values", "Settings"])
            values.dataframe(_values(row), hide_index=True, height=240, alt="The row's values with their errors")
            settings.dataframe(_settings(row), hide_index=True, height=240, alt="The row's settings")
        if row.note:
            st.caption(plain(row.note))
        for command in commands_of([row]):
            st.code(command, language="bash", wrap_lines=True)
        # Last, as it is what takes time.
        with left:
            _pictures(row)


def _pictures(row: EvaluationRow) -> None:
    if row.t_star is None:
        st.caption("These images were not drawn from seeds, so there are none to show.")
        return
    try:
        with st.spinner(
            f"Drawing the row's first {PICTURES} images: {PICTURES * (nfe(row) or 0):,} network calls", show_time=True
        ):
            images = _drawn(row.run or row.prior, row.net, row.dataset, *_settings_of(row))
    except TdotError as error:
        show_error(error)
        return
    tile_grid(
        images, [f"seed {row.seed + k}" for k in range(len(images))], label=row.label, key="row-pictures", largest=2
    )
    seeds = f"Seeds {row.seed} to {row.seed + PICTURES - 1}"
    st.caption(f"{seeds}, drawn now{' in fp32; the row was measured in bf16' if row.precision != 'fp32' else ''}.")
    query = {
        "prior": row.run or row.prior,
        "t_star": row.t_star,
        "sampler": row.sampler,
        "n_steps": row.n_steps,
        "grid": row.grid,
        "seed": row.seed,
    }
    st.link_button("Open in Sample", f"sample?{urlencode(query)}", icon=":material/grid_view:")


def _settings_of(row: EvaluationRow) -> tuple[int, int, str, float | None, int, bool, str]:
    assert row.t_star is not None and row.n_steps is not None
    eta = row.eta if row.sampler == "ddim" and row.eta else None
    return row.t_star, row.n_steps, row.sampler, eta, row.seed, row.clip_x0, row.grid


@st.cache_data(max_entries=32, show_spinner=False)
def _drawn(
    prior: str,
    net: str,
    dataset: str,
    t_star: int,
    n_steps: int,
    sampler: str,
    eta: float | None,
    seed: int,
    clip: bool,
    grid: str,
) -> npt.NDArray[np.uint8]:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.generate import SampleSettings, generate

    settings: SampleSettings = SampleSettings(t_star, n_steps, sampler, eta, seed, PICTURES, clip, grid)
    chunks = generate([cached.prior(prior, dataset)], cached.net(net), settings, device=find_device("auto"))
    return np.concatenate([chunk.images for chunk in chunks])


def _values(row: EvaluationRow) -> pd.DataFrame:
    lines = []
    for key, value in row.metrics.items():
        places = places_of([value.value], [value.spread])
        error = "" if value.spread is None else f"± {value.spread:.{places}f}"
        lines.append(
            {"metric": row.title(key), "value": number_text(value.value, places), "error": error, "note": value.note}
        )
    return pd.DataFrame(lines).replace("", None).dropna(axis="columns", how="all")


def _settings(row: EvaluationRow) -> pd.DataFrame:
    facts = {name: show(row) for name, show in SETTINGS.items()}
    facts |= {"run": row.run or "-", "measured": row.created, "fingerprint": row.fingerprint or "-"}
    return pd.DataFrame({"setting": list(facts), "value": list(facts.values())})
