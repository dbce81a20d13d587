# title: Truncation
# icon: :material/content_cut:
# order: 2
# help: What the image still shows at step t, and what starting there saves
"""The slider over t: noised images, noise in numbers, steps and time saved."""

from __future__ import annotations

from ui.page import guarded, header
from ui.truncation import choose_start, show_curves, show_images, show_numbers

header(
    "Truncation",
    "A prior that starts the chain at step t has to draw images with this much noise. Below it, the chain only has to clean up.",
)
start = choose_start()
show_numbers(start)
with guarded():
    show_images(start)
show_curves(start)
