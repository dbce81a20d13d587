"""The parts of the Truncation screen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from tdot_core.services.benchmark_table import SHIPPED, NfeTime, nfe_time, own_rows, shipped_rows
from tdot_core.services.sheets import make_sheet
from tdot_core.services.truncation import (
    SCHEDULE_NAMES,
    Images,
    NoiseSchedule,
    StartFacts,
    example_datasets,
    example_images,
    noised,
    start_facts,
)
from ui.figures.base import CONFIG
from ui.figures.noise import level_figure
from ui.page import guarded, plain
from ui.query import BIND, explain

COLUMNS, SCALE = 10, 3
DEFAULT_T = 100


@dataclass(frozen=True)
class Start:
    """What the reader chose: a step, a schedule and a data set to look at."""

    facts: StartFacts
    schedule: NoiseSchedule
    dataset: str


def choose_start() -> Start:
    """Show the controls, whose state is in the address, and return the choice."""
    T = NoiseSchedule().T
    datasets = example_datasets()
    explain("t", low=1, high=T)
    explain("schedule", known=SCHEDULE_NAMES)
    explain("images", known=datasets)
    slider, schedules, images = st.columns([5, 3, 3], gap="medium")
    t = slider.slider("Noising step t", 1, T, DEFAULT_T, key="t", **BIND)
    name = schedules.segmented_control(
        "Schedule", SCHEDULE_NAMES, default=SCHEDULE_NAMES[0], required=True, key="schedule", **BIND
    )  # fmt: skip
    dataset = images.selectbox("Images", datasets, key="images", **BIND)
    # An empty parameter in the address empties even a required choice.
    schedule = NoiseSchedule(name or SCHEDULE_NAMES[0])
    return Start(start_facts(int(t), schedule), schedule, dataset)


def show_numbers(start: Start) -> None:
    """Show the noise level at t and what starting there saves."""
    facts, time = start.facts, _nfe_time()
    shown = [
        ("noise_std", f"{facts.noise_std:.3f}", "Standard deviation of the noise; pixels go from -1 to 1"),
        ("SNR", f"{facts.snr_db:.1f} dB", "10 log10(alpha_bar / (1 - alpha_bar)); 0 dB is half signal, half noise"),
        ("alpha_bar", f"{facts.alpha_bar:.4f}", "Share of the variance that is still signal"),
        ("Steps saved", f"{facts.steps_saved:,}", f"T - t, of T = {facts.T:,}"),
        ("NFE saved", f"{facts.steps_saved / facts.T:.0%}", _calls(facts)),
    ]
    if time is not None:
        shown.append(("Time saved", _duration(time.seconds * facts.steps_saved), _measured(time)))
    for column, (label, value, help) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, help=help)
    if time is None:
        st.caption("Seconds saved appear here once an evaluation has measured the time of a network call on a machine.")


def show_images(start: Start) -> None:
    """Show real images above the same images at t."""
    images = example_images(start.dataset, COLUMNS)
    pair = noised(images, (0, start.facts.t), start.schedule)
    st.image(_sheet(pair), output_format="PNG", width="stretch")
    st.caption(
        f"Top: {plain(start.dataset)}. Bottom: the same images at t = {start.facts.t} under the {start.schedule.name} schedule."
    )


def show_curves(start: Start) -> None:
    """Show noise_std and SNR against t for every schedule, with t marked."""
    schedules = {name: NoiseSchedule(name) for name in SCHEDULE_NAMES}
    left, right = st.columns(2, gap="large")
    chosen, t = start.schedule.name, start.facts.t
    std = level_figure({k: s.noise_std for k, s in schedules.items()}, chosen, t, "noise_std", decimals=3)
    snr = level_figure({k: s.snr_db for k, s in schedules.items()}, chosen, t, "SNR in dB", decimals=1, unit=" dB")
    left.plotly_chart(std, width="stretch", config=CONFIG, key="noise-std")
    right.plotly_chart(snr, width="stretch", config=CONFIG, key="snr")


def _sheet(pair: Images) -> Images:
    return make_sheet(pair.reshape(-1, *pair.shape[2:]), columns=pair.shape[1], scale=SCALE)


def _nfe_time() -> NfeTime | None:
    with guarded():
        return nfe_time([*own_rows(), *shipped_rows()])
    return None


def _calls(facts: StartFacts) -> str:
    return f"Network calls per image: {facts.t:,} instead of {facts.T:,} when every step is walked"


def _measured(time: NfeTime) -> str:
    source = "the table that ships with TDOT" if time.source == SHIPPED else f"your run {plain(time.source)}"
    return f"Per image. At {1000 * time.seconds:.3g} ms per network call and image on {plain(time.device)} in {plain(time.precision)}, measured by {source}"


def _duration(seconds: float) -> str:
    return (
        f"{seconds * 1000:.0f} ms"
        if seconds < 1
        else f"{seconds:.1f} s"
        if seconds < 100
        else f"{seconds / 60:.1f} min"
    )
