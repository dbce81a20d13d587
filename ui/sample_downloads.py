"""What is on the Sample screen as files."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st

from tdot_core.services.prior_catalogue import PriorChoice
from ui import cached
from ui.sample_request import SampleRequest
from ui.sample_store import Drawn

SHEET_SCALE = 4


def downloads(request: SampleRequest, pictures: list[tuple[PriorChoice, Drawn]]) -> None:
    """Offer the results as a PNG sheet (one row per prior) and as NPZ (images, seeds, prior, spec); made when asked for."""
    name = f"tdot-t{request.t_star}-{request.sampler}-{request.walked}steps-seed{request.seed}"
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Sheet (PNG)", lambda: sheet(pictures, request.n), f"{name}.png", "image/png", key="download-png",
            icon=":material/image:", on_click="ignore", help="One row per prior, in the order above",
        )  # fmt: skip
        st.download_button(
            "Arrays (NPZ)", lambda: arrays(request, pictures), f"{name}.npz", "application/octet-stream", key="download-npz",
            icon=":material/data_array:", on_click="ignore", help="images, seeds, prior and spec, as `python -m tdot_core sample` writes them",
        )  # fmt: skip


def sheet(pictures: list[tuple[PriorChoice, Drawn]], n: int) -> bytes:
    """Return all results as one PNG, a row of n images per prior, enlarged four times."""
    from PIL import Image

    from tdot_core.services.sheets import make_sheet

    images = np.concatenate([drawn.at(-1) for _, drawn in pictures])
    buffer = io.BytesIO()
    Image.fromarray(make_sheet(images, columns=n, scale=SHEET_SCALE)).save(buffer, format="PNG")
    return buffer.getvalue()


def arrays(request: SampleRequest, pictures: list[tuple[PriorChoice, Drawn]]) -> bytes:
    """Return the results as the npz that the command line writes for the same request."""
    from tdot_core.services.archive import sample_archive, sample_spec

    loaded = [cached.prior(choice.name) for choice, _ in pictures]
    spec = sample_spec(loaded, cached.net(request.net), request.settings())
    return sample_archive([chunk for _, drawn in pictures for chunk in drawn.chunks], spec)
