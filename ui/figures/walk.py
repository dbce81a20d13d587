"""The picture of a truncated chain: one image at falling noise, the skipped part faded. Plain HTML, so that it wraps and scales."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

STYLE = """<style>
.walk { --accent: light-dark(#1f5f8b, #58a6dd); display: grid; column-gap: 1.35rem; row-gap: .5rem; margin: .4rem 0 .2rem; }
.walk-part { align-self: end; font-size: .92rem; line-height: 1.3; padding: 0 .2rem .35rem; text-align: center;
  border-bottom: 2px dashed color-mix(in srgb, currentColor 30%, transparent); color: color-mix(in srgb, currentColor 70%, transparent); }
.walk-part.walked { border-bottom: 3px solid var(--accent); color: inherit; font-weight: 600; }
.walk-frame { margin: 0; text-align: center; font-size: .9rem; line-height: 1.45; min-width: 0; }
.walk-frame img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 6px; }
.walk-frame.skipped img, .walk-frame.skipped .walk-signal { opacity: .32; }
.walk-frame.skipped .walk-name { opacity: .72; }
.walk-frame.start img { outline: 3px solid var(--accent); outline-offset: 3px; }
.walk-frame.start .walk-name { font-weight: 700; }
.walk-signal { height: 6px; margin: .65rem 0 .35rem; border-radius: 3px; overflow: hidden;
  background: color-mix(in srgb, currentColor 16%, transparent); }
.walk-signal div { height: 100%; background: var(--accent); }
.walk-name { display: block; white-space: nowrap; }
.walk-share { display: block; font-size: .78rem; opacity: .72; }
</style>"""


def walk_html(frames: npt.NDArray[np.uint8], ts: Sequence[int], shares: Sequence[float], t_star: int, T: int) -> str:
    """Return HTML of frames (k, 32, 32, 3) uint8 at the steps ts, most noisy first, walked from t_star on.

    shares: alpha_bar at each of ts, drawn as a bar under the frame; t_star must be one of ts. Text takes the page's colour.
    """
    k, n = list(ts).index(t_star), len(ts)
    label = f"A chain of {T} steps from noise to an image, started at step {t_star}: {T - t_star} steps are skipped."
    parts = (
        [f'<div class="walk-part" style="grid-column: 1 / {k + 1}">{T - t_star:,} steps never run</div>'] if k else []
    )
    words = f"{t_star:,} steps walked" if k == 0 else f"a prior draws the first image, {t_star:,} steps remain"
    parts.append(f'<div class="walk-part walked" style="grid-column: {k + 1} / {n + 1}">{words}</div>')
    parts += [_frame(image, t, share, t_star) for image, t, share in zip(frames, ts, shares, strict=True)]
    columns = f"grid-template-columns: repeat({n}, minmax(0, 1fr))"
    return f'{STYLE}<div class="walk" role="img" aria-label="{label}" style="{columns}">{"".join(parts)}</div>'


def _frame(image: npt.NDArray[np.uint8], t: int, share: float, t_star: int) -> str:
    kind = " skipped" if t > t_star else " start" if t == t_star else ""
    name = f"t* = {t}" if t == t_star else f"t = {t}"
    return (
        f'<figure class="walk-frame{kind}"><img src="{_png(image)}" alt="the image at t = {t}">'
        f'<div class="walk-signal"><div style="width:{100 * share:.2f}%"></div></div>'
        f'<span class="walk-name">{name}</span><span class="walk-share">{_percent(share)} signal</span></figure>'
    )


def _percent(share: float) -> str:
    percent = 100 * share
    if percent < 0.1:
        return "no"
    return f"{percent:.1f} %" if percent < 1 or 99 <= percent < 100 else f"{percent:.0f} %"


def _png(image: npt.NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
