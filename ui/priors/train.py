"""Starting a training: everything that can be trained, with a form made from its Config."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.datasets import DatasetInfo
from tdot_core.services.jobs.launcher import start
from tdot_core.services.storage.cache import free_bytes
from tdot_core.services.storage.readonly import read_only
from ui import address
from ui.address import asked, explain
from ui.page import show_error
from ui.pickers.datasets import dataset_picker
from ui.priors.estimate import show_estimate
from ui.priors.presets import begin_with, offer_epochs
from ui.widgets.config_form import config_form
from ui.widgets.readonly import read_only_note
from ui.words import plain

KIND, DATASET = "train-kind", "dataset"
T_MOST = 1000


def train_view() -> None:
    """Choose what to train and on what, fill in the form, start a worker."""
    from tdot_core.services.runs.kinds import trainables

    read_only_note()
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
    key, given = begin_with(kind)
    values = config_form(cls.Config, key, given | _given())
    seed, device, label = _run_settings(kind)
    if info is not None:
        _start(kind, key, info, values, seed, device, label)


def _given() -> dict[str, Any]:
    """Return the settings that the address asks for."""
    values = asked("t_train")
    return {"t_train": int(values[-1])} if values and values[-1].isdecimal() and len(values[-1]) < 8 else {}


def planned_steps(values: dict[str, Any], n: int) -> int | None:
    """Return the steps that epochs and batches of n images make; None for settings without them."""
    epochs, batch = values.get("epochs"), values.get("batch")
    return max(n // batch, 1) * epochs if isinstance(epochs, int) and isinstance(batch, int) and batch >= 1 else None


def _run_settings(kind: str) -> tuple[int, str, str]:
    seed_box, device_box, label_box = st.columns(3, vertical_alignment="bottom")
    seed = seed_box.number_input(
        "Seed", 0, 2**31 - 1, 0, key="train-seed", help="Equal settings and seed give equal weights on the CPU"
    )
    device = device_box.selectbox("Device", _devices(), key="train-device")
    label = label_box.text_input("Name for people", key=f"train-label-{kind}", max_chars=40, placeholder="optional")
    return int(seed), str(device), label.strip()


def _devices() -> list[str]:
    from tdot_core.services.compute.device import DEVICES, find_device

    found = []
    for name in DEVICES:
        try:
            find_device(name)
        except TdotError:
            continue
        found.append(name)
    return found


def _start(kind: str, key: str, info: DatasetInfo, values: dict[str, Any], seed: int, device: str, label: str) -> None:
    from tdot_core.services.training.session import create_training

    st.caption(size_words(values, info.n_train))
    _room(kind, values, info.n_train)
    rate = show_estimate(kind, info, values, device, planned_steps(values, info.n_train))
    offer_epochs(key, values, rate)
    if not st.button(
        "Start training", key="start-training", type="primary", icon=":material/play_arrow:", disabled=read_only()
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
    from tdot_core.services.training.disk_need import room_sentence, training_bytes

    try:
        st.caption(room_sentence(training_bytes(kind, values, n_train), free_bytes()))
    except TdotError as error:
        st.warning(plain(str(error)), icon=":material/hard_drive:")


def size_words(values: dict[str, Any], n: int) -> str:
    """Return how many steps the settings mean, where there are epochs and batches: `15 steps per epoch, 480 in all`."""
    steps = planned_steps(values, n)
    if steps is None:
        return f"One pass over {n:,} images. It runs beside the app and survives closing this page."
    return f"{steps // max(values['epochs'], 1):,} steps per epoch, {steps:,} in all. It runs beside the app and survives closing this page."
