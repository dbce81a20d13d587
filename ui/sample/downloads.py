"""What is on the Sample screen as files."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import streamlit as st
from PIL import Image

from tdot_core.services.sampling.animation import animation, formats, trajectory_frames
from tdot_core.services.sampling.sheets import make_sheet
from ui import cached
from ui.address import asked
from ui.sample.column import Column
from ui.sample.request import SampleRequest
from ui.sample.store import Drawn, Images
from ui.sample.vote import vote_button

SHEET_SCALE = 4
KINDS = {"gif": "GIF", "webp": "WebP", "mp4": "MP4"}
MIME = {"gif": "image/gif", "webp": "image/webp", "mp4": "video/mp4"}


def downloads(columns: list[Column], request: SampleRequest) -> None:
    """Offer the results as a PNG sheet, a row per column, as NPZ where the columns are priors, and their trajectories.

    Made when asked for; what shipped is no drawing of this machine, and has no trajectory.
    """
    name = f"tdot-t{request.t_star}-{request.sampler}-{request.walked}steps-seed{request.seed}"
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Sheet (PNG)",
            lambda: sheet(columns),
            f"{name}.png",
            "image/png",
            key="download-png",
            icon=":material/image:",
            on_click="ignore",
            help="One row per column, in the order above",
        )
        here = not any(column.drawn is not None and column.drawn.shipped for column in columns)
        if request.by == "prior" and here:
            st.download_button(
                "Arrays (NPZ)",
                lambda: arrays(columns, request),
                f"{name}.npz",
                "application/octet-stream",
                key="download-npz",
                icon=":material/data_array:",
                on_click="ignore",
                help="images, seeds, prior and spec, as `python -m tdot_core sample` writes them",
            )
        for kind in formats() if here else ():
            st.download_button(
                f"Trajectory ({KINDS[kind]})",
                partial(trajectory, columns, kind),
                f"{name}.{kind}",
                MIME[kind],
                key=f"download-{kind}",
                icon=":material/movie:",
                on_click="ignore",
                help="All columns along the chain, in the view that is chosen above",
            )
        vote_button(columns)


def trajectory(columns: list[Column], kind: str) -> bytes:
    """Return the chain of all columns as a moving picture, a row per column, in the view that the address names."""
    coming = asked("view") == ["x0_hat"]
    return animation(
        trajectory_frames([_states(column.drawn, coming) for column in columns if column.drawn is not None]), kind
    )


def _states(drawn: Drawn, coming: bool) -> list[Images]:
    last = len(drawn.frame_ts) - 1
    return [*((drawn.x0_hat if coming else drawn.at)(k) for k in range(last)), drawn.at(-1)]


def sheet(columns: list[Column]) -> bytes:
    """Return all results as one PNG, a row of images per column, enlarged four times."""
    images = [column.drawn.at(-1) for column in columns if column.drawn is not None]
    buffer = io.BytesIO()
    whole = make_sheet(np.concatenate(images), columns=len(images[0]), scale=SHEET_SCALE)
    Image.fromarray(whole).save(buffer, format="PNG")
    return buffer.getvalue()


def arrays(columns: list[Column], request: SampleRequest) -> bytes:
    """Return the results as the npz that the command line writes for the same request."""
    from tdot_core.services.sampling.archive import sample_archive, sample_spec

    loaded = [cached.prior(column.choice.name) for column in columns]
    spec = sample_spec(loaded, cached.net(request.net), request.settings())
    chunks = [chunk for column in columns if column.drawn is not None for chunk in column.drawn.chunks]
    return sample_archive(chunks, spec)
