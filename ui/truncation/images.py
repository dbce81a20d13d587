"""The pictures of the Truncation screen: photographs above the same photographs at t."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.gallery import Crop, gallery
from tdot_core.services.catalogue.truncation import (
    GALLERY,
    Images,
    NoiseSchedule,
    example_images,
    noised,
    row_of,
)
from tdot_core.services.sampling.sheets import make_sheet
from ui.address import asked, explain, put
from ui.pictures.credits import credit_words
from ui.words import plain

COLUMNS, SCALE = 10, 3
ROW, LAST_ROW = "row", 999


def show_images(dataset: str, t: int, schedule: NoiseSchedule) -> None:
    """Show a row of images above the same images at t, with their credits, and a button for the next row."""
    explain(ROW, low=0, high=LAST_ROW)
    row = _row()
    pair = noised(example_images(dataset, COLUMNS, row), (0, t), schedule)
    alt = f"{COLUMNS} images of {dataset} above the same with the noise of step {t}"
    st.image(_sheet(pair), output_format="PNG", width="stretch", alt=alt)
    words, button = st.columns([4, 1], gap="medium")
    words.caption(
        f"Top: {_shown(dataset, row)}. Bottom: the same images at t = {t} under the {schedule.name} schedule."
    )
    button.button(
        "Next ten",
        key="next-row",
        icon=":material/navigate_next:",
        width="stretch",
        on_click=_next_row,
        args=(row,),
        help="Other images of the same data set",
    )
    if dataset == GALLERY:
        st.caption(f"Squares of photographs, scaled to 32x32. {credit_words(gallery().credits(_crops(row)))}.")


def _row() -> int:
    text = asked(ROW)[0] if asked(ROW) else ""
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= LAST_ROW else 0


def _next_row(row: int) -> None:
    put(**{ROW: (row + 1) % (LAST_ROW + 1) or None})


def _sheet(pair: Images) -> Images:
    return make_sheet(pair.reshape(-1, *pair.shape[2:]), columns=pair.shape[1], scale=SCALE)


def _shown(dataset: str, row: int) -> str:
    return ", ".join(plain(crop.shows) for crop in _crops(row)) if dataset == GALLERY else plain(dataset)


def _crops(row: int) -> tuple[Crop, ...]:
    crops = gallery().crops
    return crops[row_of(len(crops), COLUMNS, row)]
