"""Tables of texts on a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

GAP = "  "


def fitted(header: Sequence[str], rows: Sequence[Sequence[str]], named: int) -> str:
    """Return the table as lines no wider than the terminal where that can be: columns that do not fit start a block below.

    named: leading columns that name a row; the first is left-aligned and every block repeats them while half the width is
    left for the rest, else the first alone.
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[j]) for line in lines) for j in range(len(header))]
    room = shutil.get_terminal_size((100, 24)).columns
    repeated = list(range(named))
    if sum(widths[j] + len(GAP) for j in repeated) > room // 2:
        repeated = [0]
    blocks = _blocks(widths, repeated, room)
    return "\n\n".join("\n".join(_line(line, widths, block) for line in lines) for block in blocks)


def _blocks(widths: Sequence[int], repeated: list[int], room: int) -> list[list[int]]:
    blocks = [list(repeated)]
    for j in range(len(repeated), len(widths)):
        taken = sum(widths[i] + len(GAP) for i in blocks[-1])
        if taken + widths[j] > room and len(blocks[-1]) > len(repeated):
            blocks.append(list(repeated))
        blocks[-1].append(j)
    return blocks


def _line(cells: Sequence[str], widths: Sequence[int], block: Sequence[int]) -> str:
    parts = [cells[j].ljust(widths[j]) if j == 0 else cells[j].rjust(widths[j]) for j in block]
    return GAP.join(parts).rstrip()
