"""Fréchet distance between Gaussians fitted to real and fake features (Heusel 2017)."""

from __future__ import annotations

from tdot_core.metrics.base import Metric
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.gaussians import frechet_distance


class FrechetDistance(Metric):
    """The Fréchet distance as a registered metric."""

    key = "fd"
    label = "Fréchet distance"
    summary = (
        "How far mean and spread of the fake images' features lie from the real ones'; 0 when they agree. "
        "It falls with more images, so compare only at equal n."
    )
    formula = r"\lVert\mu_r-\mu_f\rVert^2 + \operatorname{tr}\bigl(\Sigma_r+\Sigma_f-2(\Sigma_r\Sigma_f)^{1/2}\bigr)"
    direction = "lower"
    reference = "heusel2017"
    equation = "Eq. 6"
    needs = "statistics"
    smooth = True
    order = 1

    def title(self, distance: str) -> str:
        return distance

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return frechet_distance(real=real.statistics, fake=fake.statistics)

    def note(self, *, real: Features, fake: Features, extra: Extras) -> str:
        if fake.n and fake.n <= fake.width:
            return f"{fake.n} images in {fake.width} dimensions leave the covariance singular; the value is biased upwards."
        return ""
