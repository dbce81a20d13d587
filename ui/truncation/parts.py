"""The parts of the Truncation screen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from tdot_core.models.arithmetic import FP32
from tdot_core.services.catalogue.truncation import (
    SCHEDULE_NAMES,
    NoiseSchedule,
    StartFacts,
    example_datasets,
    start_facts,
)
from tdot_core.services.results.benchmark import SHIPPED, NfeTime, nfe_time, own_rows, shipped_rows
from ui import cached
from ui.address import BIND, explain
from ui.figures.noise import level_figure
from ui.page import guarded
from ui.pickers.new_dataset import just_added
from ui.server.pace import call_of, pace
from ui.widgets.chart import show_chart
from ui.words import plain, whole_percent

DEFAULT_T = 100
DRAWN = "drawn here"


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
    if (new := just_added("images")) in datasets:
        st.session_state["images"] = new
    slider, schedules, images = st.columns([5, 3, 3], gap="medium")
    t = slider.slider("Noising step t", 1, T, DEFAULT_T, key="t", **BIND)
    name = schedules.segmented_control(
        "Schedule", SCHEDULE_NAMES, default=SCHEDULE_NAMES[0], required=True, key="schedule", **BIND
    )
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
        ("NFE saved", whole_percent(facts.steps_saved / facts.T), _calls(facts)),
    ]
    if time is not None:
        shown.append(("Time saved", _duration(time.seconds * facts.steps_saved), _measured(time)))
    for column, (label, value, help) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(label, value, help=help)
    if time is None:
        st.caption("Seconds saved appear here once an evaluation has measured the time of a network call on a machine.")


def show_curves(start: Start) -> None:
    """Show noise_std and SNR against t for every schedule, with t marked."""
    schedules = {name: NoiseSchedule(name) for name in SCHEDULE_NAMES}
    left, right = st.columns(2, gap="large")
    chosen, t = start.schedule.name, start.facts.t
    std = level_figure({k: s.noise_std for k, s in schedules.items()}, chosen, t, "noise_std", decimals=3)
    snr = level_figure({k: s.snr_db for k, s in schedules.items()}, chosen, t, "SNR in dB", decimals=1, unit=" dB")
    with left:
        show_chart(std, key="noise-std", alt="The noise's standard deviation against the noising step, by schedule")
    with right:
        show_chart(snr, key="snr", alt="The signal-to-noise ratio in dB against the noising step, by schedule")


def _nfe_time() -> NfeTime | None:
    with guarded():
        return nfe_time(own_rows()) or _drawn_here() or nfe_time(shipped_rows())
    return None


def _drawn_here() -> NfeTime | None:
    """Return what drawing on Sample has taken per network forward and image, while the denoiser is the same."""
    seconds = pace().seconds(call_of(cached.stamp("denoiser")))
    return None if seconds is None else NfeTime(seconds, "this machine", FP32, DRAWN)


def _calls(facts: StartFacts) -> str:
    return f"Network calls per image: {facts.t:,} instead of {facts.T:,} when every step is walked"


def _measured(time: NfeTime) -> str:
    source = {SHIPPED: "the table that ships with TDOT", DRAWN: "what Sample drew here"}.get(
        time.source, f"your run {plain(time.source)}"
    )
    return f"Per image. At {1000 * time.seconds:.3g} ms per network call and image on {plain(time.device)} in {plain(time.precision)}, measured by {source}"


def _duration(seconds: float) -> str:
    return (
        f"{seconds * 1000:.0f} ms"
        if seconds < 1
        else f"{seconds:.1f} s"
        if seconds < 100
        else f"{seconds / 60:.1f} min"
    )
