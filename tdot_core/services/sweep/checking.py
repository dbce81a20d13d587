"""A sweep's settings, checked before anything is trained. Needs torch, where a plan does without."""

from __future__ import annotations

from collections.abc import Sequence

from tdot_core.errors import TdotError, unknown_name
from tdot_core.models.extractors import extractors
from tdot_core.services.sweep.cells import Cell, cells_of, cells_of_block
from tdot_core.services.sweep.document import SweepFile
from tdot_core.services.sweep.evaluations import evaluation_of
from tdot_core.services.sweep.plan import check_size


def check_settings(sweep: SweepFile) -> int:
    """Return how many cells a sweep has; raises TdotError, with the place, for settings that no evaluation takes."""
    cells = cells_of(sweep)
    for block in sweep.blocks:
        if own := list(cells_of_block(block)):
            _check_cells(own, block.place)
    check_size(sweep.name, cells)
    return len(cells)


def _check_cells(cells: Sequence[Cell], place: str) -> None:
    """Raise TdotError, with the place in the file, for a setting of a block's cells that their evaluations would refuse.

    Settings are checked at the ends of their ranges, not for every cell: the limits of each hold for all between.
    """
    ends = {min(cells, key=lambda cell: (cell.n_steps, cell.t_star)), max(cells, key=lambda cell: cell.t_star)}
    ends |= {
        min(cells, key=lambda cell: cell.t_star),
        min(cells, key=lambda cell: cell.seed),
        max(cells, key=lambda cell: cell.seed),
    }
    ends |= set({(cell.sampler, cell.grid, cell.extractor): cell for cell in cells}.values())
    for cell in ends:
        try:
            evaluation_of(cell, "any", "auto")
            card = extractors.get(cell.extractor)
            for layer in cell.layers:
                if layer not in card.layers:
                    raise unknown_name(f"layer of {cell.extractor}", layer, card.layers)
        except TdotError as error:
            raise TdotError(f"{place}: {error}") from error
