"""What the tour shows, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One step. page: a screen's name; query: its address's parameters; text: what to look at, in Markdown."""

    page: str
    title: str
    text: str
    query: dict[str, str] = field(default_factory=dict)


STEPS = (
    Step(
        "overview",
        "What truncation is",
        "A whole chain walks 1000 steps from noise. Choose a **start** below: everything before it is never run, and a prior must "
        "supply the noisy image there. The figure at the end says what that buys.",
    ),
    Step(
        "truncation",
        "What is left at t\\*",
        "Move the slider. At t = 10 the image is nearly clean, so the prior must get nearly everything right; at t = 400 only its "
        "coarse shape survives the noise, and the denoiser makes up the rest.",
        {"t": "200"},
    ),
    Step(
        "sample",
        "The priors, side by side",
        "Every column has the same seeds. At **t\\* = 10** you see the prior's own picture; now move t\\* to **400** and see how much "
        "the denoiser repairs. Which prior changes most?",
        {"t_star": "10"},
    ),
    Step(
        "features",
        "Where they lie among real images",
        "Each dot is an image; grey ones are real. Look for a region of real images that a prior's colour does not reach: "
        "those are kinds of images that it never draws.",
    ),
    Step(
        "benchmark",
        "Whose error is it?",
        "The oracle's line is the denoiser's own error; what a prior has above it is the prior's. So: **which prior suffers most from "
        "t\\* = 10, and why?** Choose t\\* = 10 under the figure.",
        {"tab": "Floor and gap"},
    ),
)
