"""What a denoising network is asked for: eps_hat = base(t) x_t + gain(t) F(x_t, t)."""

from __future__ import annotations

import numpy as np

from tdot_core.errors import unknown_name
from tdot_core.maths.schedule import Float64, NoiseSchedule

TARGETS = ("eps", "v", "edm")
SAMPLE = "sample"
"""What some foreign networks give: x0_hat itself."""
SIGMA_DATA = 0.5


def linear_preconditioning(target: str, schedule: NoiseSchedule) -> tuple[Float64, Float64]:
    """Return (base, gain) for t = 0..T, shapes (T+1,), float64; gain is 0 nowhere but at t = 0.

    eps: (0, 1). sample, which is x0_hat: (1 / sqrt(1 - ab), -sqrt(ab / (1 - ab))). v = sqrt(ab) eps - sqrt(1 - ab) x0: (sqrt(1 - ab), sqrt(ab)) (Salimans 2022). edm: x0_hat = c_skip x + c_out F
    on x = x_t / sqrt(ab) with c_skip = sd^2 / (s^2 + sd^2), c_out = s sd / sqrt(s^2 + sd^2), s^2 = (1 - ab) / ab and sd = 0.5
    (karras2022, Table 1; the network sees x_t, whose variance stays between sd^2 and 1). Raises TdotError for another name.
    """
    ab = schedule.alpha_bar
    signal, noise = np.sqrt(ab), np.sqrt(1 - ab)
    if target == "eps":
        return np.zeros_like(ab), np.ones_like(ab)
    if target == "v":
        return noise, signal
    if target == SAMPLE:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(noise > 0, 1 / noise, 0.0), np.where(noise > 0, -signal / noise, 1.0)
    if target != "edm":
        raise unknown_name("target", target, TARGETS)
    # With both multiplied by ab, nothing is divided by the small ab of late steps.
    spread = (1 - ab) + ab * SIGMA_DATA**2
    return noise / spread, -signal * SIGMA_DATA / np.sqrt(spread)
