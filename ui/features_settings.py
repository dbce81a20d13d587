"""What the Features screen was asked to show: which features, which priors, and how their images are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from tdot_core.services.prior_catalogue import PriorChoice, prior_choices
from ui import address
from ui.query import BIND, explain
from ui.sample_request import SAMPLERS, default_priors, names_by_run

if TYPE_CHECKING:
    from tdot_core.services.sampling import SampleSettings

LARGEST_N, LARGEST_REAL, MOST_POINTS = 500, 2000, 6000
QUICK = 10_000
"""Network calls that are made without being asked: some 30 seconds on a laptop."""
AXES = {"PC1 and PC2": (0, 1), "PC1 and PC3": (0, 2), "PC2 and PC3": (1, 2), "3-D": (0, 1, 2)}


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
        from tdot_core.services.sampling import SampleSettings

        return SampleSettings(self.t_star, self.steps, self.sampler, None, self.seed, self.n)


def ask() -> FeatureRequest:
    """Show the settings, each kept in the address, and return the choice."""
    choices = {choice.name: choice for choice in prior_choices()}
    default = default_priors(list(choices.values()))
    address.rename("prior", names_by_run(choices.values()))
    address.read("prior", "f_priors", choices, default, many=True)
    names = st.multiselect(
        "Priors", list(choices), key="f_priors", format_func=lambda n: choices[n].label if n in choices else n
    )
    address.write("prior", "f_priors", default)
    for name, span in (
        ("f_t", (1, 1000)),
        ("f_steps", (1, 1000)),
        ("f_n", (6, LARGEST_N)),
        ("f_real", (50, LARGEST_REAL)),
    ):
        explain(name, low=span[0], high=span[1])
    address.read("sampler", "f_sampler", SAMPLERS, ["ddim"])
    cells = st.columns([2, 2, 3, 2, 2, 2])
    t_star = cells[0].number_input("t*", 1, 1000, 10, key="f_t", help="Truncation step: the chain starts here.", **BIND)
    n_steps = cells[1].number_input(
        "Steps", 1, 1000, 10, key="f_steps", help="Reverse steps from t* to 0, at most t*.", **BIND
    )
    sampler = cells[2].selectbox(
        "Sampler", list(SAMPLERS), key="f_sampler", format_func=lambda s: SAMPLERS.get(s, s).split(" (")[0]
    )
    address.write("sampler", "f_sampler", ["ddim"])
    n = cells[3].number_input(
        "Per prior", 6, LARGEST_N, 128, step=32, key="f_n", help="Generated images of each prior.", **BIND
    )
    n_real = cells[4].number_input(
        "Real images", 50, LARGEST_REAL, 1000, step=250, key="f_real", help="Training images shown.", **BIND
    )
    seed = cells[5].number_input(
        "Seed", 0, 2**31 - 1, 0, key="f_seed", help="Image i of every prior has this seed + i.", **BIND
    )
    return FeatureRequest(tuple(choices[name] for name in names), t_star, n_steps, sampler, seed, n, n_real)
