"""Names at the end of lines instead of a legend: each beside its line, none over another."""

from __future__ import annotations

from collections.abc import Sequence

GLYPHS = {
    "circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆", "star": "★", "x": "✖", "pentagon": "⬟", "cross": "✚",
    "hexagon": "⬢", "hexagram": "✶", "circle-open": "○", "square-open": "□", "triangle-up-open": "△", "diamond-open": "◇",
    "star-open": "☆", "x-open": "✕", "pentagon-open": "⬠", "cross-open": "✛", "hexagon-open": "⬡", "hexagram-open": "✧",
}  # fmt: skip


def glyph(marker: str, color: str) -> str:
    """Return the character that looks like one of Plotly's markers, coloured, as Plotly's own HTML."""
    character = GLYPHS.get(marker.removesuffix("-dot"), GLYPHS.get(marker.partition("-open")[0], "●"))
    return f'<span style="color:{color}">{character}</span>'


def spread_out(places: Sequence[float], gap: float) -> list[float]:
    """Return places in [0, 1], in the same order, moved as little as needed for each to be `gap` from the next.

    More than fit are spread evenly.
    """
    n = len(places)
    if n < 2:
        return [min(max(place, 0.0), 1.0) for place in places]
    gap = min(gap, 1 / (n - 1))
    order = sorted(range(n), key=lambda k: places[k])
    # Blocks of labels that touch lie around the mean of where their members want to be.
    blocks: list[tuple[list[int], float]] = []
    for k in order:
        members, start = [k], min(max(places[k], 0.0), 1.0)
        while blocks and blocks[-1][1] + gap * len(blocks[-1][0]) > start:
            members = blocks.pop()[0] + members
            wanted = sum(places[m] - gap * i for i, m in enumerate(members)) / len(members)
            start = min(max(wanted, 0.0), 1 - gap * (len(members) - 1))
        blocks.append((members, start))
    found = [0.0] * n
    for members, start in blocks:
        for i, m in enumerate(members):
            found[m] = start + gap * i
    return found
