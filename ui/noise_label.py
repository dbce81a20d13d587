"""How much noise a step stands for, in words."""

from __future__ import annotations

import math

from tdot_core.maths.schedule import NoiseSchedule


def noise_label(t: int, schedule: str = "linear") -> str:
    """Return the signal-to-noise ratio and the noise's standard deviation at step t of 1000 as one line."""
    facts = NoiseSchedule(schedule)
    return f"SNR {decibels(float(facts.snr_db[t]))} · noise_std {float(facts.noise_std[t]):.3f}"


def decibels(snr: float) -> str:
    """Return a ratio in dB with its sign, "no noise" for infinity."""
    return "no noise" if math.isinf(snr) else f"{snr:+.1f} dB".replace("-", "\N{MINUS SIGN}")
