"""About how long a training takes on two idle x86-64 cores, before anything ran; no torch here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

REFERENCE_BATCH, REFERENCE_WIDTH = 128, 32
STEP_SECONDS: dict[str, float] = {
    "sliced": 0.36, "local": 0.335, "debiased": 0.40, "orthogonal": 0.60, "quasi": 0.50, "max-sliced": 0.55, "energy": 0.36,
    "distributional": 0.55, "convolution": 0.36, "sinkhorn": 0.60, "feature-sliced": 0.55, "feature-moments": 0.40, "gan": 0.45, "sngan": 1.6, "vae": 0.29,
}  # fmt: skip
"""Seconds per step of 128 images, width 32, latent 128. local, vae and gan: from the hours of the shipped trainings; the
others are guessed, `train KEY --estimate` measures.
"""
NETWORK_SECONDS: dict[str, float] = {"random-conv": 0.0, "cifar-cnn": 0.5, "denoiser": 1.6, "efficientnet-lite0": 0.3}
"""What a feature network adds per step of 128 images: its forward and backward of the fakes, guessed from its FLOP, but for
efficientnet-lite0, which was timed alone.
"""
DEFAULTS: dict[str, dict[str, Any]] = {
    kind: {"epochs": 32, "batch": REFERENCE_BATCH, "width": REFERENCE_WIDTH, **more}
    for kind, more in {
        "ot": {"objective": "sliced", "features": "random-conv"},
        "gan": {"critic": "dcgan", "features": "none"},
        "vae": {"features": "none"},
    }.items()
}
"""The settings that decide, where a training leaves them out; read from here since their classes import torch."""
THROUGH_FEATURES = ("feature-sliced", "feature-moments")
WHOLE_SECONDS: dict[str, float] = {"mixture": 210.0, "flow": 1200.0, "gaussian": 60.0}
"""Trainings whose length the settings above do not decide."""


def training_seconds(kind: str, settings: Mapping[str, Any], n_images: int) -> float | None:
    """Return about how long a training takes on two idle cores, None for a kind that nobody timed.

    settings: what differs from the kind's defaults; n_images: of the training set.
    """
    if kind not in DEFAULTS:
        return WHOLE_SECONDS.get(kind)
    config = {**DEFAULTS[kind], **settings}
    objective = str(config.get("objective", ""))
    step: float | None = STEP_SECONDS.get("sngan" if config.get("critic") == "sngan" else objective or kind)
    if step is None:
        return None
    seen = NETWORK_SECONDS.get(str(config["features"]), 0.0) if objective in ("", *THROUGH_FEATURES) else 0.0
    batch = int(config["batch"])
    per_step: float = (step * (int(config["width"]) / REFERENCE_WIDTH) ** 1.5 + seen) * batch / REFERENCE_BATCH
    steps = max(n_images // batch, 1) * int(config["epochs"])
    # Before the first step all images pass through the network once, forward only.
    first = seen / 2 * math.ceil(n_images / REFERENCE_BATCH) if objective in THROUGH_FEATURES else 0.0
    return per_step * steps + first
