"""What ships beside the benchmark table: the denoiser by noise level, the spread of priors, lifted against native ones, the feature space put to the test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.results.digits import places_of
from tdot_core.services.results.studies import read_study
from ui.address import BIND, explain
from ui.figures.denoiser import loss_figure
from ui.widgets.chart import show_chart
from ui.words import plain

Columns = dict[str, tuple[str, str, str]]
"""By field: the heading, its help, and how its numbers read ("" for words)."""

MEASURED = "as its error says"
"""How a column of measured numbers reads: see `_decimals`."""

SPREAD_COLUMNS: Columns = {
    "prior": ("Images", "Real test images first: what a perfect prior would show.", ""),
    "variance_ratio": (
        "Variance relative to real",
        "Total variance of the features; below 1 the images cluster.",
        "%.3f",
    ),
    "neighbour_ratio": (
        "Neighbour distance relative to real",
        "Mean distance from an image to the nearest of its own kind; below 1 they huddle, above 1 they scatter.",
        "%.3f",
    ),
    "coverage": (
        "Coverage",
        "Share of real images that have a generated one among their 5 nearest neighbours.",
        "%.3f",
    ),
    "density": ("Density", "How crowded generated images lie where real ones are; about 1 is real.", "%.3f"),
}


def show_denoiser_loss() -> None:
    """Show the loss of every shipped denoiser at each noise level beside the best linear filter's, where it was measured."""
    found = _study("denoiser-loss")
    if found is None:
        return
    st.subheader("The denoiser by noise level", anchor=False)
    show_chart(
        loss_figure(found["nets"]),
        key="denoiser-loss",
        alt="The loss of every denoiser, over the linear filter's, against the noising step",
    )
    st.caption(
        f"Mean squared error of the predicted noise on {found['n']:,} test images, over that of the best linear filter on the same "
        "images and noise, ± paired standard error; lower is better. At 1 (dashed) a network has learned nothing that a formula does "
        "not know. The chain from t\\* meets only the levels up to t\\*."
    )


def show_spread() -> None:
    """Show how widely each shipped prior's images spread beside real ones, in one feature space at a time, where it was measured."""
    found = _study("spread")
    if found is None:
        return
    st.subheader("Do the images cluster?", anchor=False)
    spaces = {f"{space['extractor']} {space['layer']}": space for space in found["spaces"]}
    explain("spread", known=spaces)
    name = st.segmented_control(
        "Features",
        list(spaces),
        default=next(iter(spaces)),
        required=True,
        key="spread",
        help="Low layers see colours and textures, high ones parts and objects: a prior may spread in one and cluster in another.",
        **BIND,
    )
    space = spaces[name or next(iter(spaces))]
    _table(space["rows"], SPREAD_COLUMNS)
    st.caption(
        f"{found['n']:,} images each, started at t\\* = {found['t_star']}, denoised in {plain(found['precision'])}; coverage and "
        f"density count {space['n_real']:,} training images. All dimensions of the features; the Features screen shows the "
        "leading ones."
    )


HALVES_COLUMNS: Columns = {
    "metric": ("Distance", "Fréchet distance to all training images; lower is better.", ""),
    "other_half": ("Test images, untouched", "What a perfect generator would show with as many images.", MEASURED),
    "denoised": ("Test images, noised and denoised", "The oracle, on the other half of the test images.", MEASURED),
    "ratio": ("Ratio", "1 would be a denoiser that changes nothing measurable.", MEASURED),
}


def show_halves() -> None:
    """Show what noising and denoising real images costs in every feature space, where it was measured."""
    _show_table(
        "halves",
        "What the denoiser alone costs",
        HALVES_COLUMNS,
        lambda found: (
            f"{found['n']:,} test images noised to t\\* = {found['t_star']} and denoised in {found['steps']} ddim steps, beside "
            f"{found['n']:,} others as they are."
        ),
    )


NATIVE_COLUMNS: Columns = {
    "start": ("Start", "Lifted: drawn at t_train, then noised up to t*. Native: trained at t* itself.", ""),
    "t_train": ("Trained at t", "", "%d"),
    "t_star": ("t*", "", "%d"),
    "fd_cnn": ("FD-cnn", "Fréchet distance of cifar-cnn's features; lower is better.", MEASURED),
    "fd_cnn_sd": ("± FD-cnn", "Standard error over the sets.", MEASURED),
    "recall_dist": (
        "RecallDist",
        "Mean distance from a real image to the nearest generated one; lower is better.",
        MEASURED,
    ),
    "recall_dist_sd": ("± RecallDist", "Standard error over the sets.", MEASURED),
}


def show_native() -> None:
    """Show a prior lifted to a larger t_star beside the same trained there, where it was measured."""
    _show_table(
        "native",
        "Lifted, or trained at t\\*?",
        NATIVE_COLUMNS,
        lambda found: (
            f"{plain(found['prior'])}, {found['sets']} sets of {found['n']:,} images each, features of {plain(found['extractor'])}."
        ),
    )


def show_feature_space() -> None:
    """Show how cifar-cnn's features behave as a distance, where it was measured."""
    found = _study("feature-space")
    if found is None:
        return
    st.subheader("Can cifar-cnn's features be trusted?", anchor=False)
    ranks = found["rank_correlation"]
    ranking = (
        f" Over {found['generators']} generators its ranking agrees with that of FID-768 to a rank correlation of {ranks:.2f}."
        if ranks is not None
        else ""
    )
    right = found.get("accuracy")
    classes = f"The network names {100 * right:.2f} % of the test images rightly. " if right is not None else ""
    st.markdown(
        f"{classes}Between real training and test images FD-cnn is {found['fd_test']:.3g}, between training images and noise "
        f"{found['fd_noise']:.3g}: {100 * found['ratio']:.2g} % of it.{ranking} It ought to grow with every way of spoiling images:"
    )
    st.dataframe(
        pd.DataFrame(
            {
                "Test images spoilt by": curve["name"],
                "from mild to severe": " · ".join(f"{level:g}" for level in curve["levels"]),
                "FD-cnn": " · ".join(f"{value:.3g}" for value in curve["fd_cnn"]),
                "grows": "yes" if curve["grows"] else "no",
            }
            for curve in found["degradations"]
        ),
        hide_index=True,
        width="stretch",
    )
    st.caption(f"Unspoilt, as many test images score {found['fd_unspoilt']:.3g}.")


def _show_table(name: str, title: str, columns: Columns, caption: Callable[[dict[str, Any]], str]) -> None:
    """Show the fields of a study's rows that the columns name, where it was measured; an empty cell was not."""
    found = _study(name)
    if found is None:
        return
    st.subheader(title, anchor=False)
    _table(found["rows"], columns)
    st.caption(caption(found))


def _table(rows: list[dict[str, Any]], columns: Columns) -> None:
    config: dict[str, Any] = {
        heading: st.column_config.NumberColumn(help=text, format=_decimals(rows, key, form))
        if form
        else st.column_config.Column(help=text)
        for key, (heading, text, form) in columns.items()
    }
    frame = pd.DataFrame({heading: row.get(key) for key, (heading, _, _) in columns.items()} for row in rows)
    st.dataframe(frame, hide_index=True, width="stretch", column_config=config)


def _decimals(rows: list[dict[str, Any]], key: str, form: str) -> str:
    """Return the format of a column; with MEASURED two digits of its error decide, and it shares them with its error's column."""
    if form != MEASURED:
        return form
    value = key.removesuffix("_sd")
    return f"%.{places_of([row.get(value) for row in rows], [row.get(f'{value}_sd') for row in rows])}f"


def _study(name: str) -> dict[str, Any] | None:
    try:
        return read_study(name)
    except TdotError as error:
        st.caption(str(error))
        return None
