"""One image large in every column: its whole trajectory as a strip, and the training images nearest to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.copies.nearest import Images, Nearest, neighbours
from tdot_core.services.datasets import list_datasets, load_dataset
from tdot_core.services.runs.store import best_run, find_run
from tdot_core.services.sampling.sheets import make_sheet
from ui.pickers.get_cifar10 import CIFAR10, get_cifar10
from ui.sample.column import Column
from ui.sample.look import LOOK, looked_at
from ui.sample.request import SampleRequest
from ui.sample.store import Drawn
from ui.words import plain

DEFAULT_DATASET = "cifar10"
LARGE, SMALL = 5, 3
NEIGHBOURS, STRIP_SHARE = 3, 6
WORDS = "Above x_t along the chain, below x0_hat, the clean image that the network sees coming there. "
DISTANCE = "Distance: Euclidean between the result and the training image over 3,072 values in [−1, 1]; 0 is a copy."


def closer_look(columns: list[Column], request: SampleRequest) -> None:
    """Open the image with the chosen seed over the page: large in every column, with its trajectory and nearest images."""
    k = looked_at(request)
    if not 0 <= k < request.n:
        return
    st.dialog(f"Seed {request.seed + k} in every column", width="large", on_dismiss=_close)(_body)(columns, request, k)


def _body(columns: list[Column], request: SampleRequest, k: int) -> None:
    dataset = _compared_with(request.net)
    results = np.stack([column.drawn.at(-1)[k] for column in columns if column.drawn is not None])
    found = _neighbours(results, dataset)
    if not found:
        _say_what_to_import(dataset)
    st.caption(WORDS + (DISTANCE if found else ""))
    for place, column in enumerate(columns):
        assert column.drawn is not None
        st.markdown(f"**{plain(column.label)}**, t* = {column.request.t_star}")
        _row(column.drawn, k, found[place] if found else [], dataset)


def _close() -> None:
    st.session_state[LOOK] = None


def _row(drawn: Drawn, k: int, near: list[Nearest], dataset: str) -> None:
    """Show an image's trajectory, its result, and the training images nearest to that, in one row."""
    strip, *places = st.columns([STRIP_SHARE, *[1] * (1 + len(near))], vertical_alignment="top")
    strip.image(
        _strip(drawn, k),
        _times(drawn.frame_ts),
        output_format="PNG",
        width="stretch",
        alt="x_t along the chain above x0_hat",
    )
    places[0].image(_large(drawn.at(-1)[k]), "x_0, the result", output_format="PNG", width="stretch", alt="The result")
    for place, one in zip(places[1:], near, strict=True):
        words = (f"nearest in {dataset}: distance {one.distance:.1f}", one.label, f"row {one.row}")
        said = ", ".join(w for w in words if w)
        place.image(_large(one.image), plain(said), output_format="PNG", width="stretch", alt=said)


def _strip(drawn: Drawn, k: int) -> Images:
    """Return every kept state of one image, and below each what the network saw coming, as one picture."""
    last = len(drawn.frame_ts) - 1
    states, coming = [drawn.at(i)[k] for i in range(last + 1)], [drawn.x0_hat(i)[k] for i in range(last)]
    return make_sheet(np.stack([*states, *coming, states[-1]]), columns=last + 1, scale=SMALL)


def _times(times: Sequence[int]) -> str:
    return "t = " + ", ".join(map(str, times))


def _compared_with(net: str) -> str:
    """Choose the data set to search: the denoiser's own first, whether or not its images are here."""
    own = trained_on(net)
    names = list(dict.fromkeys([own, *(info.name for info in list_datasets())]))
    return str(st.selectbox("Nearest training images from", names, key="nearest-in"))


def trained_on(net: str) -> str:
    """Return the name of the data set a denoiser was trained on, cifar10 when it does not say."""
    try:
        run = best_run("denoiser") if net == "denoiser" else find_run(net)
    except TdotError:
        run = None
    named = run.spec.get("dataset") if run is not None else None
    return str(named.get("name") or DEFAULT_DATASET) if isinstance(named, dict) else DEFAULT_DATASET


def _neighbours(images: Images, dataset: str) -> list[list[Nearest]]:
    try:
        return _found(load_dataset(dataset).info.id, images.tobytes())
    except TdotError:
        return []


def _say_what_to_import(dataset: str) -> None:
    if dataset == CIFAR10:
        get_cifar10("nearest", "the training images nearest to each result, with their distances")
        return
    st.info(
        f"The nearest training images are looked up among the pictures of **{plain(dataset)}**, which are not on this machine. "
        "Import them, or choose another data set above.",
        icon=":material/image_search:",
    )
    if st.button("Add a data set", key="add-for-nearest", type="primary"):
        st.switch_page("pages/priors.py", query_params={"view": "images"})


@st.cache_data(max_entries=64, show_spinner=False)
def _found(dataset_id: str, pixels: bytes) -> list[list[Nearest]]:
    return neighbours(np.frombuffer(pixels, np.uint8).reshape(-1, 32, 32, 3), dataset_id, NEIGHBOURS)


def _large(image: Images) -> Images:
    return image.repeat(LARGE, axis=0).repeat(LARGE, axis=1)
