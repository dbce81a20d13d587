"""Numbers in words: noise, durations, sizes, shares."""

from __future__ import annotations

import math
import re

from tdot_core.maths.schedule import NoiseSchedule


def noise_label(t: int, schedule: str = "linear") -> str:
    """Return the signal-to-noise ratio and the noise's standard deviation at step t of 1000 as one line."""
    facts = NoiseSchedule(schedule)
    return f"SNR {decibels(float(facts.snr_db[t]))} · noise_std {float(facts.noise_std[t]):.3f}"


def decibels(snr: float) -> str:
    """Return a ratio in dB with its sign, "no noise" for infinity."""
    return "no noise" if math.isinf(snr) else f"{snr:+.1f} dB".replace("-", "\N{MINUS SIGN}")


MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def plain(text: str) -> str:
    r"""Return text so that Markdown shows it as it is: names come from users, and a name must not become a picture or a link."""
    return MARKDOWN.sub(r"\\\1", text)


def size_text(n_bytes: int) -> str:
    """Return a number of bytes in the largest unit that leaves at least 1: 512 B, 9.2 MB, 4.0 GB (powers of 1000)."""
    size, units = float(n_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def rough(seconds: float) -> str:
    """Return an estimated duration without digits that it does not deserve."""
    return seconds_text(
        60 * round(seconds / 60) if seconds > 300 else 10 * round(seconds / 10) if seconds > 30 else seconds
    )


def seconds_text(seconds: float) -> str:
    """Return a duration with two significant digits and a unit people read at a glance: 0.4 ms, 52 ms, 1.3 s, 2 min 5 s."""
    if seconds < 0.995:
        ms = seconds * 1000
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def whole_percent(share: float) -> str:
    """Return a share (0..1) in whole percent, as of progress: 42 %."""
    return f"{100 * share:.0f} %"


def share_text(share: float) -> str:
    """Return a share (0..1) in percent with two significant digits: 44 %, 1.7 %, 0.074 %, and "under 0.001 %"."""
    percent = 100 * share
    if percent < 0.001:
        return "under 0.001 %"
    decimals = max(0, 1 - math.floor(math.log10(percent)))
    return f"{percent:.{decimals}f} %"
