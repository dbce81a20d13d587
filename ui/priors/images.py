"""Images made by any other model, taken in as a prior; and the real images that priors are compared with."""

from __future__ import annotations

import numpy as np
import streamlit as st

from tdot_core.services.datasets import DatasetInfo, hide_dataset, load_dataset
from tdot_core.services.storage.readonly import read_only
from ui.page import guarded
from ui.pickers.datasets import dataset_picker
from ui.widgets.tile_grid import tile_grid
from ui.widgets.undo import offer_undo, show_undo
from ui.words import plain

PREVIEW = 36


def images_view() -> None:
    """Import images and lead to sampling them."""
    st.markdown(
        "Images from any other generator can supply the chain's start: import them as a data set, and they are noised to t\\* "
        "and denoised beside the trained priors (**imported**). The same data set's test images serve as the **oracle**, the "
        "ceiling that no prior can pass with this denoiser."
    )
    show_undo()
    info = dataset_picker("dataset", label="Images")
    if info is None:
        return
    with st.container(horizontal=True):
        _sample(info, "imported", "Sample them as a prior", primary=True)
        if info.n_test:
            _sample(info, "oracle", "Sample the oracle", primary=False)
        if info.name != "digits":
            _delete(info)
    with guarded():
        images = load_dataset(info.id).images("train")
        # Evenly spread, because many data sets are in the order of their classes.
        rows = np.unique(np.linspace(0, len(images) - 1, PREVIEW).astype(int))
        tile_grid(
            np.asarray(images[rows]),
            [f"row {row}" for row in rows],
            label=f"Some images of {info.name}",
            key="preview",
            largest=2,
        )


def _sample(info: DatasetInfo, key: str, label: str, *, primary: bool) -> None:
    if st.button(label, key=f"sample-{key}", type="primary" if primary else "secondary", icon=":material/grid_view:"):
        st.switch_page(
            "pages/sample.py",
            query_params={"prior": ["vanilla", "gaussian", "ot", f"{key}:{info.name}"], "t_star": "100"},
        )


def _delete(info: DatasetInfo) -> None:
    with st.popover("Delete", icon=":material/delete:", key=f"delete-set-{info.name}", disabled=read_only()):
        st.markdown(
            f"Delete the data set **{plain(info.name)}** with its {info.n_train + info.n_test:,} images? Models trained on it stay. It can be undone "
            "until you leave this screen."
        )
        if st.button("Delete it", key=f"delete-set-yes-{info.name}", type="primary"):
            with guarded():
                offer_undo(info.name, hide_dataset(info.name))
                st.rerun()
