# title: Overview
# icon: :material/home:
# order: 1
# help: What truncation buys, and how the priors compare
"""What truncated diffusion is and what it buys."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.truncation import NoiseSchedule, noised, start_facts
from ui.address import BIND, asked, explain
from ui.figures.walk import walk_html
from ui.overview.result import show_next, show_result
from ui.page import header
from ui.pictures import flower
from ui.tour.banner import PARAMETER, go_to_step

FRAMES = (1000, 600, 300, 200, 100, 50, 10, 0)
STARTS, DEFAULT = (1000, 300, 100, 50, 10), 100

schedule = NoiseSchedule()
header(
    "How many diffusion steps can be skipped?",
    "A diffusion model turns noise into an image in 1000 small steps. If a learned prior draws a slightly noisy image "
    "directly, only the last steps remain. TDOT compares such priors, by eye and by number.",
)

explain("start", known=[str(t) for t in STARTS])
t_star = st.segmented_control(
    "Start the chain at t\\*", STARTS, default=DEFAULT, required=True, key="start", format_func=str, **BIND
)
t_star = t_star or DEFAULT  # an empty parameter in the address empties even a required choice
facts = start_facts(t_star, schedule)
frames = noised(flower()[None], FRAMES, schedule)[:, 0]
st.html(walk_html(frames, FRAMES, [float(schedule.alpha_bar[t]) for t in FRAMES], t_star, schedule.T))

steps, calls, noise, button = st.columns([2, 3, 2, 3], vertical_alignment="bottom")
steps.metric("Steps walked", f"{t_star:,}", help=f"of {schedule.T:,}")
calls.metric("Network calls", f"{facts.ratio:.3g}× fewer" if facts.steps_saved else "all of them")
noise.metric(
    "Noise at t\\*", f"{facts.noise_std:.2f}", help="noise_std, the standard deviation; pixels go from -1 to 1"
)
if not asked(PARAMETER) and button.button(
    "Take the tour", icon=":material/tour:", key="tour-start", width="stretch", help="Five steps, two minutes"
):
    go_to_step(1)

st.caption(
    "The smaller t\\*, the more of the image the prior must already get right. Where quality gives way is what the "
    "benchmark measures."
)
show_result()
show_next(t_star)
