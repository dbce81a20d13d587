"""Starting a training: everything that can be trained, with a form made from its Config."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import DatasetInfo
from ui import address
from ui.config_form import config_form
from ui.dataset_picker import dataset_picker
from ui.page import plain, show_error
from ui.query import asked, explain
from ui.readonly import locked, locked_note

KIND, DATASET = "train-kind", "dataset"
T_MOST = 1000


def train_view() -> None:
    """Choose what to train and on what, fill in the form, start a worker."""
    from tdot_core.services.trainables import trainables

    locked_note()
    kinds = {key: cls.label for key, cls in trainables().items()}
    # The one prior that moves something over to the data is the reader's likeliest wish.
    default = ["ot" if "ot" in kinds else next(iter(kinds))]
    begin = address.begin("prior", KIND, kinds, default)
    left, right = st.columns(2)
    with left:
        kind = st.selectbox(
            "What to train",
            list(kinds),
            address.place(list(kinds), begin),
            key=KIND,
            format_func=lambda k: kinds.get(k, k),
        )
        cls = trainables()[kind]
        st.caption(cls.summary)
    address.write("prior", KIND, default)
    with right:
        info = dataset_picker(DATASET)
    st.divider()
    with st.container():
        explain("t_train", low=1, high=T_MOST)
    values = config_form(cls.Config, f"train-{kind}", _given())
    seed, device, label = _run_settings(kind)
    if info is not None:
        _start(kind, info, values, seed, device, label)


def _given() -> dict[str, Any]:
    """Return the settings that the address asks for."""
    values = asked("t_train")
    return {"t_train": int(values[-1])} if values and values[-1].isdecimal() and len(values[-1]) < 8 else {}


def _run_settings(kind: str) -> tuple[int, str, str]:
    seed_box, device_box, label_box = st.columns(3, vertical_alignment="bottom")
    seed = seed_box.number_input(
        "Seed", 0, 2**31 - 1, 0, key="train-seed", help="Equal settings and seed give equal weights on the CPU"
    )
    device = device_box.selectbox("Device", _devices(), key="train-device")
    label = label_box.text_input("Name for people", key=f"train-label-{kind}", max_chars=40, placeholder="optional")
    return int(seed), str(device), label.strip()


def _devices() -> list[str]:
    from tdot_core.services.device import DEVICES, find_device

    found = []
    for name in DEVICES:
        try:
            find_device(name)
        except TdotError:
            continue
        found.append(name)
    return found


def _start(kind: str, info: DatasetInfo, values: dict[str, Any], seed: int, device: str, label: str) -> None:
    from tdot_core.services.jobs.launcher import start
    from tdot_core.services.training import create_training

    st.caption(size_words(values, info.n_train))
    _room(kind, values, info.n_train)
    if not st.button(
        "Start training", key="start-training", type="primary", icon=":material/play_arrow:", disabled=locked()
    ):
        return
    try:
        run = create_training(kind, info.id, values, seed=seed, device=device, label=label)
        start(run)
    except TdotError as error:
        show_error(error)
        return
    st.switch_page("pages/priors.py", query_params={"run": run.id})


def _room(kind: str, values: dict[str, Any], n_train: int) -> None:
    from tdot_core.services.cache_space import free_bytes
    from tdot_core.services.job_size import room_sentence, training_bytes

    try:
        st.caption(room_sentence(training_bytes(kind, values, n_train), free_bytes()))
    except TdotError as error:
        st.warning(plain(str(error)), icon=":material/hard_drive:")


def size_words(values: dict[str, Any], n: int) -> str:
    """Return how many steps the settings mean, where there are epochs and batches: `15 steps per epoch, 480 in all`."""
    epochs, batch = values.get("epochs"), values.get("batch")
    if not isinstance(epochs, int) or not isinstance(batch, int) or batch < 1:
        return f"One pass over {n:,} images. It runs beside the app and survives closing this page."
    per_epoch = max(n // batch, 1)
    return f"{per_epoch:,} steps per epoch, {per_epoch * epochs:,} in all. It runs beside the app and survives closing this page."
