"""What the Features screen was asked to show: which features, which priors, and how their images are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.services.catalogue.priors import PriorChoice, prior_choices
from ui import address
from ui.address import BIND, explain
from ui.pickers.priors import SAMPLERS, pick_priors

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import SampleSettings

LARGEST_N, LARGEST_REAL, MOST_POINTS = 500, 10_000, 14_000
QUICK = 10_000
"""Network calls that are made without being asked: some 30 seconds on a laptop."""
FORMER = {"f_t": "t_star", "f_steps": "n_steps", "f_n": "n", "f_real": "n_real", "f_seed": "seed", "f_view": "axes"}
"""The address's words of links made before."""
UMAP = "UMAP"
AXES = {"PC1 and PC2": (0, 1), "PC1 and PC3": (0, 2), "PC2 and PC3": (1, 2), UMAP: (0, 1), "3-D": (0, 1, 2)}
"""The views, and the principal components along their axes; UMAP has axes of its own."""


@dataclass(frozen=True)
class FeatureRequest:
    """One choice of priors and settings. n: images per prior; n_real: real training images shown."""

    priors: tuple[PriorChoice, ...]
    t_star: int
    n_steps: int
    sampler: str
    seed: int
    n: int
    n_real: int

    @property
    def n_points(self) -> int:
        """Return how many points the chart would hold, but for real test images."""
        return len(self.priors) * self.n + self.n_real

    @property
    def too_many(self) -> bool:
        """Return whether that is more than a chart takes without becoming slow."""
        return self.n_points > MOST_POINTS

    @property
    def steps(self) -> int:
        """Return the reverse steps that fit between t_star and 0."""
        return min(self.n_steps, self.t_star)

    @property
    def is_quick(self) -> bool:
        """Return whether the drawing is short enough to begin by itself."""
        return len(self.priors) * self.n * self.steps <= QUICK

    @property
    def settings(self) -> SampleSettings:
        """Return what the sampling service takes."""
        from tdot_core.services.sampling.generate import SampleSettings

        return SampleSettings(self.t_star, self.steps, self.sampler, None, self.seed, self.n)


def ask() -> FeatureRequest:
    """Show the settings, each kept in the address, and return the choice."""
    priors = pick_priors(prior_choices(), "f_priors")
    for name, span in (
        ("t_star", (1, 1000)),
        ("n_steps", (1, 1000)),
        ("n", (6, LARGEST_N)),
        ("n_real", (50, LARGEST_REAL)),
    ):
        explain(name, low=span[0], high=span[1])
    address.read("sampler", "f_sampler", SAMPLERS, ["ddim"])
    cells = st.columns([2, 2, 3, 2, 2, 2])
    t_star = cells[0].number_input(
        "t*", 1, 1000, 10, key="t_star", help="Truncation step: the chain starts here.", **BIND
    )
    n_steps = cells[1].number_input(
        "Steps", 1, 1000, 10, key="n_steps", help="Reverse steps from t* to 0, at most t*.", **BIND
    )
    sampler = cells[2].selectbox(
        "Sampler", list(SAMPLERS), key="f_sampler", format_func=lambda s: str(SAMPLERS.get(s, s)).split(" (")[0]
    )
    address.write("sampler", "f_sampler", ["ddim"])
    n = cells[3].number_input(
        "Per prior", 6, LARGEST_N, 128, step=32, key="n", help="Generated images of each prior.", **BIND
    )
    n_real = cells[4].number_input(
        "Real images",
        50,
        LARGEST_REAL,
        1000,
        step=250,
        key="n_real",
        help="Training images shown, a fair sample; panning and zooming stay quick up to the largest number.",
        **BIND,
    )
    seed = cells[5].number_input(
        "Seed", 0, 2**31 - 1, 0, key="seed", help="Image i of every prior has this seed + i.", **BIND
    )
    return FeatureRequest(priors, t_star, n_steps, sampler, seed, n, n_real)
