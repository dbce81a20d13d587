"""A line chart as SVG text, for pages that run no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from tdot_core.services.catalogue.styles import COLORS

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 380, 64, 250, 34, 44
DASHES = ("", "7 4", "2 3", "8 3 2 3")
LEAST_GAP = 15.0


def line_chart(
    title: str, across: str, columns: Sequence[int], lines: Mapping[str, Mapping[int, float]], quiet: Sequence[str] = ()
) -> str:
    """Return an SVG of one line per name over equally spaced columns, named at its right end; the vertical axis is logarithmic
    where all values are positive and span more than a factor of ten. quiet: names drawn in grey, which do not compete.
    """
    values = [v for line in lines.values() for v in line.values()]
    place, ticks = _axis(values)
    step = (WIDTH - LEFT - RIGHT) / max(len(columns) - 1, 1)
    x = {column: LEFT + step * k for k, column in enumerate(columns)}
    parts = [_text(LEFT, 20, title, "start", bold=True)]
    parts += [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place(t):.1f}" y2="{place(t):.1f}" stroke="#8883"/>'
        for t in ticks
    ]
    parts += [_text(LEFT - 8, place(t) + 4, f"{t:.3g}", "end") for t in ticks]
    parts += [_text(x[c], HEIGHT - BOTTOM + 18, str(c), "middle") for c in columns]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, across, "middle"))
    ends = []
    for k, (name, line) in enumerate(lines.items()):
        colour = "#8C9196" if name in quiet else COLORS[1 + k % (len(COLORS) - 1)]
        points = [(x[c], place(line[c])) for c in columns if c in line]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dash = DASHES[k // (len(COLORS) - 1) % len(DASHES)]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.2" fill="{colour}"/>' for a, b in points]
        if points:
            ends.append((points[-1][1], name, colour, points[-1][0]))
    parts += _names(ends)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="system-ui, sans-serif" '
        f'font-size="12" fill="#444"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><title>{escape(title)}</title>\n{body}\n</svg>\n'
    )


def _axis(values: Sequence[float]) -> tuple[_Place, list[float]]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low > 0 and high > 10 * low:
        first, last = math.log10(low), math.log10(high)
        ticks = [m * 10.0**e for e in range(math.floor(first), math.ceil(last) + 1) for m in (1, 2, 5)]
        return _Place(first, last, log=True), [t for t in ticks if low <= t <= high]
    step = (high - low or abs(high) or 1.0) / 4
    ticks = [low + k * step for k in range(5)]
    return _Place(low, ticks[-1], log=False), ticks


class _Place:
    """Where a value lies on the page, from the top."""

    def __init__(self, low: float, high: float, *, log: bool) -> None:
        self.low, self.span, self.log = low, high - low or 1.0, log

    def __call__(self, value: float) -> float:
        share = ((math.log10(value) if self.log else value) - self.low) / self.span
        return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM)


def _names(ends: Sequence[tuple[float, str, str, float]]) -> list[str]:
    """Return the names beside the ends of their lines, moved apart where they would cover each other."""
    parts, lowest = [], -math.inf
    for y, name, colour, x in sorted(ends):
        lowest = max(y, lowest + LEAST_GAP)
        parts.append(_text(max(x, WIDTH - RIGHT) + 10, lowest + 4, name, "start", colour))
    return parts


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#444", *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>'
