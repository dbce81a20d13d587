"""One image large in every prior, beside the training image nearest to it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import list_datasets, load_dataset
from tdot_core.services.nearest import Images, Nearest, nearest
from tdot_core.services.prior_catalogue import PriorChoice
from tdot_core.services.runs.best import best_run
from tdot_core.services.runs.store import find_run
from ui.page import plain
from ui.sample_request import SampleRequest, rows_of
from ui.sample_scrubber import LOOK
from ui.sample_store import Drawn

DEFAULT_DATASET = "cifar10"
SCALE = 5


def closer_look(request: SampleRequest, pictures: list[tuple[PriorChoice, Drawn]], frame: int) -> None:
    """Open the image with the chosen seed over the page: large in every prior, with its nearest training image."""
    seed = st.session_state.get(LOOK)
    if seed is None or not request.seed <= seed < request.seed + request.n:
        return
    st.dialog(f"Seed {seed} in every prior", width="large", on_dismiss=_close)(_body)(
        request, pictures, int(seed) - request.seed, frame
    )


def _body(request: SampleRequest, pictures: list[tuple[PriorChoice, Drawn]], k: int, frame: int) -> None:
    dataset = _compared_with(request.net)
    results = np.stack([drawn.at(-1)[k] for _, drawn in pictures])
    found = _neighbours(results, dataset)
    times = pictures[0][1].frame_ts
    shown = {f"x at t = {times[0]}, the start": 0, f"x at t = {times[frame]}": frame, "x_0, the result": -1}
    if frame in (0, len(times) - 1):
        del shown[f"x at t = {times[frame]}" if frame else next(iter(shown))]
    _rows(pictures, {name: [drawn.at(i)[k] for _, drawn in pictures] for name, i in shown.items()}, found, dataset)
    if not found:
        _say_what_to_import(dataset)


def _close() -> None:
    st.session_state[LOOK] = None


def _compared_with(net: str) -> str:
    """Choose the data set to search: the denoiser's own first, whether or not its images are here."""
    own = trained_on(net)
    names = list(dict.fromkeys([own, *(info.name for info in list_datasets())]))
    return str(st.selectbox("Nearest training image from", names, key="nearest-in"))


def trained_on(net: str) -> str:
    """Return the name of the data set a denoiser was trained on, cifar10 when it does not say."""
    try:
        run = best_run("denoiser") if net == "denoiser" else find_run(net)
    except TdotError:
        run = None
    named = run.spec.get("dataset") if run is not None else None
    return str(named.get("name") or DEFAULT_DATASET) if isinstance(named, dict) else DEFAULT_DATASET


def _neighbours(images: Images, dataset: str) -> list[Nearest]:
    try:
        return _found(load_dataset(dataset).info.id, images.tobytes())
    except TdotError:
        return []


def _say_what_to_import(dataset: str) -> None:
    st.info(
        f"The nearest training image is looked up among the pictures of **{plain(dataset)}**, which are not on this machine. "
        "Import them, or choose another data set above.", icon=":material/image_search:",
    )  # fmt: skip
    if st.button("Add a data set", key="add-for-nearest", type="primary"):
        st.switch_page("pages/priors.py", query_params={"view": "images"})


@st.cache_data(max_entries=64, show_spinner=False)
def _found(dataset_id: str, pixels: bytes) -> list[Nearest]:
    return nearest(np.frombuffer(pixels, np.uint8).reshape(-1, 32, 32, 3), dataset_id)


def _rows(
    pictures: list[tuple[PriorChoice, Drawn]], shown: dict[str, list[Images]], found: list[Nearest], dataset: str
) -> None:
    """Lay out a column per prior with one picture under another: along the chain, then the nearest training image."""
    start = 0
    for count in rows_of(len(pictures)):
        for place, i in zip(st.columns(max(count, 2)), range(start, start + count), strict=False):
            with place:
                st.markdown(f"**{plain(pictures[i][0].label)}**")
                for name, images in shown.items():
                    st.image(_large(images[i]), name, output_format="PNG", width="stretch")
                if found:
                    near = found[i]
                    words = (f"nearest in {dataset}: distance {near.distance:.1f}", near.label, f"row {near.row}")
                    st.image(
                        _large(near.image),
                        plain(", ".join(w for w in words if w)),
                        output_format="PNG",
                        width="stretch",
                    )
        start += count
    if found:
        st.caption(
            "Distance: Euclidean between the result and the training image over 3,072 values in [−1, 1]. 0 is a copy."
        )


def _large(image: Images) -> Images:
    return image.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
