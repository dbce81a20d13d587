"""How widely each prior spreads and how much of the real images it covers, as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from tdot_core.services.features.clouds import TRAIN, Cloud, CloudMeasure, measure_ceiling, measure_cloud
from tdot_core.services.features.references import Reference
from ui.features.figure import Look

ABSENT = "not measured"
BEST = {
    "Spread": "Relative to real images: 1 is best",
    "Coverage": "Higher is better",
    "Density": "About 1 for real images",
}
EXPLAINED = (
    "Spread: total variance (trace of the covariance) of the features relative to all {n:,} real training images; below 1 the "
    "images cluster. Coverage: share of real images with a generated one among their 5 nearest neighbours' distance; density: how "
    "crowded generated images lie where real ones are (about 1 for real images). Both are counted in all {d} dimensions against as "
    "many real training images as the row has, and depend on that number. "
)


def measure_table(clouds: Sequence[Cloud], looks: dict[str, Look], reference: Reference, n: int) -> None:
    """Show spread, coverage and density of every cloud, real images first as the mark to reach. n: images per prior."""
    rows, notes = [], []
    ceiling = measure_ceiling(reference, n)
    if ceiling is not None:
        rows.append(_row("Real, other training images", ceiling))
    for cloud in clouds:
        if cloud.id != TRAIN:
            measure = measure_cloud(cloud, reference)
            rows.append(_row(looks[cloud.id].label, measure))
            notes += [f"{looks[cloud.id].label}: {measure.note}"] if measure.note else []
    st.subheader("Spread and coverage", anchor=False)
    columns = {"Images": st.column_config.TextColumn(width="medium"), "n": st.column_config.NumberColumn(width="small")}
    columns |= {name: st.column_config.TextColumn(help=best) for name, best in BEST.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=columns)
    st.caption(EXPLAINED.format(n=reference.n, d=reference.features.width) + " ".join(notes))


def _row(label: str, measure: CloudMeasure) -> dict[str, object]:
    return {
        "Images": label,
        "n": measure.n,
        "Spread": _number(measure.spread),
        "Coverage": _number(measure.coverage),
        "Density": _number(measure.density),
    }


def _number(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.3f}"
