"""Missing modes: the real images that lie farthest from everything a prior drew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from tdot_core.services.features.clouds import TEST, TRAIN, Cloud, reference_cloud
from ui import address
from ui.features.compute import RealSide
from ui.features.figure import Look
from ui.features.near import missing
from ui.widgets.tile_grid import tile_grid
from ui.words import plain

WORD, KEY, ALL = "missed_by", "features_missed_by", "all"
SHOWN, COUNTED = 32, 200
EXPLAINED = (
    "Of {m:,} real training images those farthest, in the features, from the nearest of {n:,} generated ones. Some are odd pictures "
    "that any small set misses; a class that stands out below is a mode that is missing."
)


def show_missing(clouds: Sequence[Cloud], looks: dict[str, Look], frame: RealSide) -> None:
    """Show the real images that one prior, or all of them together, came least near to; nothing before any prior drew."""
    drawn = {cloud.id: cloud for cloud in clouds if cloud.id not in (TRAIN, TEST)}
    if not drawn:
        return
    st.subheader("What is missing", anchor=False)
    labels = {ALL: "All of them together"} | {name: looks[name].label for name in drawn}
    begin = address.begin(WORD, KEY, labels, [ALL])
    chosen = st.selectbox(
        "Missed by",
        list(labels),
        address.place(list(labels), begin),
        key=KEY,
        format_func=lambda name: labels.get(name, name),
        help="Whose images must be far away: those of one prior, or of every prior on the chart.",
    )
    address.write(WORD, KEY, [ALL])
    against = [drawn[chosen]] if chosen in drawn else list(drawn.values())
    found = missing(against, frame)
    st.caption(EXPLAINED.format(m=len(found.rows), n=sum(cloud.n for cloud in against)))
    real = reference_cloud(frame.reference, found.rows[:SHOWN])
    names = [real.name(k) for k in range(real.n)]
    if real.images is not None:
        about = [f"{name}, {found.distances[k]:.3g} from the nearest" for k, name in enumerate(names)]
        tile_grid(real.images, about, label="Real images that are missing", key="features_missing", largest=2)
    else:
        number = st.column_config.NumberColumn(format="%.3g", help="Euclidean, to the nearest generated image.")
        lines = pd.DataFrame({"Real image": names, "Distance": found.distances[: real.n]})
        st.dataframe(lines, hide_index=True, height=240, column_config={"Distance": number}, key="features_missing")
    _by_class(found.rows, frame)


def _by_class(rows: np.ndarray, frame: RealSide) -> None:
    labels, classes = frame.reference.labels, frame.reference.classes
    if labels is None or not classes:
        return
    k = min(COUNTED, len(rows))
    counts = np.bincount(labels[rows[:k]], minlength=len(classes))
    order = np.argsort(-counts, kind="stable")
    words = ", ".join(f"{classes[c]} {counts[c]}" for c in order[:10] if counts[c])
    even = k / len(classes)
    st.caption(plain(f"Classes of the {k} farthest: {words}. Equal shares would be {even:.0f} each."))
