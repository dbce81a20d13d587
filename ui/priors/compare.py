"""Several trainings side by side: their losses in one figure, and their settings with what differs marked."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import streamlit as st

from tdot_core.services.runs.curves import loss_curve, loss_names
from tdot_core.services.runs.differences import compare_settings
from tdot_core.services.runs.library import entry_of, in_order
from tdot_core.services.runs.store import Run, list_runs
from ui import address
from ui.address import BIND, explain
from ui.figures.curves import NamedCurve, curves_figure
from ui.palette import prior_style
from ui.runs.words import run_name, t_words
from ui.widgets.chart import show_chart

WORD, KEY, LOSS = "with", "compare-runs", "compare-loss"
MOST = 8
X_AXES = {"step": "Step", "time": "Time at work"}
DIFFERS = "Differs"


def compare_view() -> None:
    """Choose trainings and show curves and settings of all of them."""
    runs = {
        entry.run.id: entry.run
        for entry in in_order([entry_of(r) for r in list_runs() if r.kind != "evaluation"], "kind")
    }
    if len(runs) < 2:
        st.info("Two trainings are needed to compare any. Train one under Train one.", icon=":material/info:")
        return
    default = _two_alike(list(runs.values()))
    address.read(WORD, KEY, runs, default, many=True)
    names = address.told_apart(
        {name: " · ".join(filter(None, (run_name(run), t_words(run)))) for name, run in runs.items()}
    )
    chosen = st.multiselect(
        "Trainings",
        list(runs),
        key=KEY,
        format_func=lambda name: names.get(name, name),
        max_selections=MOST,
        help=f"Up to {MOST}; the best of each kind stand first.",
    )
    address.write(WORD, KEY, default)
    if not chosen:
        st.caption("Choose trainings to see their losses and settings side by side.")
        return
    picked = {name: runs[name] for name in chosen if name in runs}
    _curves(picked, names)
    _settings(picked, names)


def _two_alike(runs: list[Run]) -> list[str]:
    """Return the first two runs of one kind, whose losses mean the same; the first two where there are none."""
    for first, second in pairwise(runs):
        if first.kind == second.kind:
            return [first.id, second.id]
    return [run.id for run in runs[:2]]


def _curves(runs: dict[str, Run], names: dict[str, str]) -> None:
    st.subheader("Losses", anchor=False)
    records = {name: run.metrics() for name, run in runs.items()}
    losses = list(dict.fromkeys(loss for own in records.values() for loss in loss_names(own)))
    if not losses:
        st.caption("None of them has recorded a loss yet.")
        return
    # Most of these have most runs' first loss, so the figure is not empty at first.
    losses.sort(key=lambda loss: -sum(loss in loss_names(own) for own in records.values()))
    explain("x", known=X_AXES.values())
    explain("smoothing", low=0, high=0.99)
    cells = st.columns([2.6, 3.4, 3.6, 3], vertical_alignment="bottom")
    begin = address.begin("loss", LOSS, losses, losses[:1])
    loss = cells[0].selectbox(
        "Loss",
        losses,
        address.place(losses, begin),
        key=LOSS,
        format_func=lambda name: str(name).replace("_", " "),
        help="Only losses of one name are drawn together; kinds of priors minimise different things.",
    )
    address.write("loss", LOSS, losses[:1])
    x = cells[1].segmented_control(
        "Along",
        list(X_AXES.values()),
        default="Step",
        key="x",
        required=True,
        help="Time leaves out pauses between a stop and a resume.",
        **BIND,
    )
    smoothing = cells[2].slider(
        "Smoothing",
        0.0,
        0.99,
        0.9,
        0.01,
        key="smoothing",
        help="Weight of the past in a moving average; 0 shows what was recorded.",
        **BIND,
    )
    log = cells[3].toggle(
        "Log axis", key="log", help="A logarithmic axis of the loss; negative values are left out.", **BIND
    )
    found = [
        NamedCurve(names[name], loss_curve(records[name], loss), prior_style(run.kind, run.id))
        for name, run in runs.items()
        if loss in loss_names(records[name])
    ]
    figure = curves_figure(found, loss, smoothing=float(smoothing), by_time=x == X_AXES["time"], log=bool(log))
    show_chart(figure, key="compare-curves", alt=f"The loss {loss} of {', '.join(one.name for one in found)}")
    without = [names[name] for name in runs if loss not in loss_names(records[name])]
    if without:
        st.caption(f"Without this loss: {', '.join(without)}.")


def _settings(runs: dict[str, Run], names: dict[str, str]) -> None:
    st.subheader("Settings", anchor=False)
    settings = compare_settings(list(runs.values()))
    only = st.toggle("Only what differs", key="differing", help="Leave out settings that all of them share.", **BIND)
    lines = [
        {
            DIFFERS: "●" if one.differs else "",
            "Setting": one.name,
            **dict(zip((names[n] for n in runs), one.values, strict=True)),
        }
        for one in settings
        if one.differs or not only
    ]
    columns = {
        DIFFERS: st.column_config.TextColumn(width="small", help="A dot where they do not all have the same value.")
    }
    if lines:
        st.dataframe(
            pd.DataFrame(lines), hide_index=True, width="stretch", column_config=columns, key="compare-settings"
        )
    else:
        st.caption("They have the same settings.")
