"""The closest pairs of generated and training images, wherever a prior could copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from tdot_core.services.copies.matches import Matches, copies, load_matches
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import value_text
from tdot_core.services.sampling.sheets import make_sheet
from ui.page import guarded
from ui.words import plain

SCALE, SCORES = 3, ("authpct", "ct")


def show_copies(rows: Sequence[EvaluationRow]) -> None:
    """Show, for every row that could hold copies, its closest training images and what AuthPct and C_T say."""
    suspects = [row for row in rows if row.may_copy and row.measured]
    if not suspects:
        return
    st.subheader("Copies of training images?", anchor=False)
    st.caption(
        "These images come from a finite set, so they could be training images. The closest pairs of each: generated above, its "
        "nearest training image below. Real test images show what is usual between different pictures."
    )
    for row in suspects:
        where = "" if row.t_star is None else f", t\\* = {row.t_star}, {row.sampler}"
        with st.expander(
            f"{plain(row.label)}{where}",
            key=f"e_copies_{row.prior}_{row.t_star}_{row.sampler}",
            expanded=len(suspects) == 1,
        ):
            _scores(row)
            with guarded():
                _pairs(row)


def _scores(row: EvaluationRow) -> None:
    known = [f"{row.title(key)} {value_text(row.metrics[key], n=False)}" for key in SCORES if key in row.metrics]
    if known:
        st.markdown(
            plain(", ".join(known)),
            help="AuthPct: share of images that are no closer to a training image than that one is to its own neighbour; low means "
            "copies. C_T: far below 0 means closer to the training images than test images are; 0 is right.",
        )


def _pairs(row: EvaluationRow) -> None:
    if not row.copies:
        st.caption(
            f"The images of {plain(row.dataset)} are not here, so there are no pictures to compare with. Import them and evaluate again."
        )
        return
    for found in load_matches(row.copies):
        st.caption(plain(found.sentence()) + _verdict(found))
        k = len(found.images)
        sheet = make_sheet(np.concatenate([found.images, found.nearest]), k, SCALE)
        st.image(sheet, output_format="PNG", alt=f"{k} generated images above their nearest training images")
        st.caption("Distances: " + ", ".join(f"{d:.3g}" for d in found.distances))


def _verdict(found: Matches) -> str:
    exact = copies(found)
    if not exact:
        return ""
    more = "at least " if exact == len(found.distances) else ""
    return f" **{more}{exact} of them are copies**, equal to a training image but for rounding."
