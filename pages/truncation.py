# title: Truncation
# icon: :material/content_cut:
# order: 2
# help: What the image still shows at step t, and what starting there saves
"""The slider over t: noised images, noise in numbers, steps and time saved."""

from __future__ import annotations

import streamlit as st

from ui.page import guarded, header
from ui.pickers.get_cifar10 import get_cifar10
from ui.truncation.images import show_images
from ui.truncation.parts import choose_start, show_curves, show_numbers
from ui.truncation.theory import show_theory

header(
    "Truncation",
    "A prior that starts the chain at step t has to draw images with this much noise. Below it, the chain only has to clean up.",
)
start = choose_start()
show_numbers(start)
with guarded():
    show_images(start.dataset, start.facts.t, start.schedule)
offer = st.container()
with guarded():
    show_theory(start.facts.t, start.schedule)
show_curves(start)
# Last, because a download holds up whatever follows it.
with offer:
    get_cifar10("images", "the photographs that the shipped priors were trained on")
